/** Owns addresses of bytes that are in the browser already, given back when they are not shown any more. */
import * as React from 'react';

/** The address of the bytes as a file of a type; null until there is one. */
export function useBlobUrl(bytes: ArrayBuffer, type: string): string | null {
  const [url, setUrl] = React.useState<string | null>(null);
  React.useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url;
}
