// Logs a run with params, the history of a metric and a file, and reads it back: Node 20 or later
// and any browser, without a package.
//   SERVER=http://localhost:8888 TOKEN=... node track.js

const api = `${process.env.SERVER.replace(/\/$/, '')}/mlops-lab/api`;

async function ask(method, path, body, headers = {}) {
  const isJson = body !== undefined && !(body instanceof Uint8Array);
  const response = await fetch(`${api}/${path}`, {
    method,
    headers: {
      Authorization: `token ${process.env.TOKEN}`,
      ...(isJson ? { 'Content-Type': 'application/json' } : {}),
      ...headers
    },
    body: isJson ? JSON.stringify(body) : body
  });
  if (response.status === 429) {
    // The server has enough to do; nothing was stored.
    const seconds = Number(response.headers.get('Retry-After'));
    await new Promise(done => setTimeout(done, 1000 * seconds));
    return ask(method, path, body, headers);
  }
  if (!response.ok) {
    const problem = await response.json();
    throw new Error(`${problem.detail} ${problem.hint}`);
  }
  return response;
}

async function main() {
  // A run. The key makes it safe to send again after a broken connection: it is made once.
  const order = { experiment: 'from JavaScript', name: 'first', params: { rate: 0.1, deep: true } };
  const key = { 'Idempotency-Key': crypto.randomUUID() };
  const { summary } = await (await ask('POST', 'runs', order, key)).json();

  // The history of a metric: many points at once. What JSON cannot say goes as a word.
  const metrics = Array.from({ length: 20 }, (_, index) => ({
    name: 'loss',
    value: 1 / (index + 1),
    step: index + 1
  }));
  metrics.push({ name: 'odd', value: 'NaN' });
  await ask('POST', `runs/${summary.id}/batch`, { metrics, tags: { by: 'node' } });

  // A file.
  const bytes = new TextEncoder().encode('coefficients: 1, 2, 3\n');
  await ask('PUT', `runs/${summary.id}/artifacts/model/weights.txt`, bytes);

  // The end, and back again.
  await ask('PATCH', `runs/${summary.id}`, { status: 'finished' });
  const series = await (await ask('GET', `runs/${summary.id}/series?name=loss`)).json();
  const file = await ask('GET', `runs/${summary.id}/artifacts/model/weights.txt`);
  console.log(`${series.count} points, the last one ${series.points.at(-1).value}`);
  console.log(await file.text());
  console.log(`run ${summary.id}`);
}

main().catch(error => {
  console.error(String(error));
  process.exitCode = 1;
});
