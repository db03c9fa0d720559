// Puts install.json beside the built extension: JupyterLab reads from it how to uninstall.
import { copyFileSync } from 'node:fs';

copyFileSync(
  new URL('../install.json', import.meta.url),
  new URL('../mlops_lab/labextension/install.json', import.meta.url)
);
