/** Owns the end of the workers that a test has started. */
import type { APIRequestContext } from '@playwright/test';

interface IStatus {
  workers: { pid: number; alive: boolean }[];
}

export async function endWorkers(request: APIRequestContext): Promise<void> {
  const response = await request.get('mlops-lab/api/status');
  const { workers } = (await response.json()) as IStatus;
  for (const worker of workers.filter(item => item.alive)) {
    process.kill(worker.pid, 'SIGTERM');
  }
}
