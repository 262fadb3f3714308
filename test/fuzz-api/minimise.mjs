/**
 * Leaves parts out of a list as long as `fails` says that what is left still fails (delta debugging), and asks at most `most` times.
 * `fails` is asked about shorter and shorter lists, and never about the whole one.
 */
export async function minimise(list, fails, most = 200) {
  let left = list;
  let parts = 2;
  for (let asked = 0; left.length > 1 && asked < most; ) {
    const size = Math.ceil(left.length / parts);
    let isShorter = false;
    for (let at = 0; at < left.length && asked < most; at += size) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      asked++;
      if (!(await fails(without))) continue;
      left = without;
      parts = Math.max(2, parts - 1);
      isShorter = true;
      break;
    }
    if (isShorter) continue;
    if (size === 1) break;
    parts = Math.min(left.length, parts * 2);
  }
  return left;
}
