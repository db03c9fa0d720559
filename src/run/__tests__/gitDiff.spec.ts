import { describe, expect, it } from 'vitest';

import { parseDiff } from '../gitDiff';

const DIFF = `diff --git a/a b.py b/a b.py
index 1..2 100644
--- a/a b.py
+++ b/a b.py
@@ -1,3 +1,3 @@
 same
-old
+new
--- a line of the file
\\ No newline at end of file
diff --git a/new.txt b/new.txt
new file mode 100644
index 0..1
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+hello
`;

describe('parseDiff', () => {
  it('takes a diff apart into files and lines', () => {
    const [first, second] = parseDiff(DIFF);
    expect(first).toMatchObject({ path: 'a b.py', added: 1, removed: 2 });
    expect(first?.lines.map(line => line.kind)).toEqual([
      'skipped',
      'same',
      'removed',
      'added',
      'removed',
      'skipped'
    ]);
    expect(second).toMatchObject({ path: 'new.txt', added: 1, removed: 0 });
    expect(second?.lines.at(-1)).toEqual({ kind: 'added', text: 'hello' });
  });

  it('makes nothing of an empty diff', () => {
    expect(parseDiff('')).toEqual([]);
  });
});
