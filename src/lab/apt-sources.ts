/** One entry of the machine's apt configuration, in the shape of a deb822 stanza. */
export interface AptSource {
  uris: string[];
  suites: string[];
  components: string[];
  /** Every other field, by its deb822 name, as it stood: keys, architectures, options. */
  fields: Map<string, string>;
}

/** Parses a deb822 `.sources` file; disabled stanzas and stanzas for source packages are left out. */
export function parseDeb822Sources(text: string): AptSource[] {
  return text
    .split(/\n\s*\n/)
    .map(parseStanza)
    .flatMap((fields) => sourceFromFields(fields) ?? []);
}

function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#')) continue;
    const field = /^([\w-]+):\s*(.*)$/.exec(line);
    if (field) {
      current = canonicalName(field[1]!);
      fields.set(current, field[2]!);
    } else if (/^\s+\S/.test(line) && current !== '') {
      fields.set(current, `${fields.get(current)}\n${line.trimEnd()}`);
    }
  }
  return fields;
}

/** Field names are case-insensitive: `signed-by` and `Signed-By` are one. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function sourceFromFields(fields: Map<string, string>): AptSource | undefined {
  const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
  if (/^(no|false|off|0)$/i.test(fields.get('Enabled') ?? '')) return undefined;
  if (!words('Types').includes('deb')) return undefined;
  const source: AptSource = {
    uris: words('Uris'),
    suites: words('Suites'),
    components: words('Components'),
    fields: new Map(fields),
  };
  for (const name of ['Types', 'Uris', 'Suites', 'Components', 'Enabled']) source.fields.delete(name);
  return source.uris.length > 0 && source.suites.length > 0 ? source : undefined;
}

const optionFields = new Map([
  ['arch', 'Architectures'],
  ['lang', 'Languages'],
  ['target', 'Targets'],
]);

/** Parses a one-line-style `.list` file: `deb [option=value …] URI SUITE [COMPONENT…]`. */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri, suite, components = ''] = match;
    const fields = new Map<string, string>();
    for (const option of options.split(/\s+/).filter(Boolean)) {
      const [name = '', value = ''] = option.split('=', 2);
      fields.set(optionFields.get(name) ?? canonicalName(name), value.replaceAll(',', ' '));
    }
    return [{ uris: [uri!], suites: [suite!], components: components.split(/\s+/).filter(Boolean), fields }];
  });
}

/**
 * The sources a private apt needs: the distribution's own archive, with its backports suite added.
 * Other people's archives are left out, so that one of them being down cannot stop the lab.
 */
export function withBackports(sources: readonly AptSource[], codename: string): AptSource[] {
  const own = sources.filter(
    (source) =>
      source.suites.some((suite) => suite === codename || suite.startsWith(`${codename}-`)) &&
      source.uris.some((uri) => !uri.startsWith('cdrom:')),
  );
  const archive =
    own.find((source) => source.suites.includes(`${codename}-updates`)) ??
    own.find((source) => source.suites.includes(codename));
  const backports = `${codename}-backports`;
  if (!archive || own.some((source) => source.suites.includes(backports))) return own;
  return [...own, { ...archive, suites: [backports] }];
}

/** Renders sources as a deb822 file. */
export function renderDeb822(sources: readonly AptSource[]): string {
  return sources
    .map((source) => {
      const lines = [
        'Types: deb',
        `URIs: ${source.uris.join(' ')}`,
        `Suites: ${source.suites.join(' ')}`,
        ...(source.components.length > 0 ? [`Components: ${source.components.join(' ')}`] : []),
        ...Array.from(source.fields, ([name, value]) => `${name}: ${value}`),
      ];
      return `${lines.join('\n')}\n`;
    })
    .join('\n');
}
