// What a check of a release finds. A fault keeps the release from being made. What is left to do is the owner's, before the tag is set.

/** @typedef {{ check: string, kind: 'fault' | 'to do', text: string, cure: string }} Finding */

export class Findings {
  /** @type {Finding[]} */
  list = [];
  #check = '';

  begin(check) {
    this.#check = check;
  }

  fault(text, cure) {
    this.list.push({ check: this.#check, kind: 'fault', text, cure });
  }

  todo(text, cure) {
    this.list.push({ check: this.#check, kind: 'to do', text, cure });
  }

  of(check) {
    return this.list.filter((finding) => finding.check === check);
  }
}
