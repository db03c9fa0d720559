/** Owns the language in which numbers and dates are written: that of JupyterLab. */

/** The tag that JupyterLab's page has; of its language the browser may know the region. */
export function locale(): string {
  const tag = (document.documentElement.lang || 'en').replace('_', '-');
  const known = canonical(tag);
  const [language] = known.split('-');
  const isGeneral = known === language;
  const regional = navigator.languages.find(item => item.split('-')[0] === language);
  return isGeneral && regional ? regional : known;
}

function canonical(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** A function that is asked once a language; asking Intl costs far more than a look into a map. */
export function perLocale<T>(make: (tag: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    const tag = locale();
    const known = made.get(tag);
    if (known !== undefined) {
      return known;
    }
    const fresh = make(tag);
    made.set(tag, fresh);
    return fresh;
  };
}
