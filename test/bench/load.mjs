import { Pool } from 'undici';

// Sends requests as fast as they are answered. Usage: node load.mjs JSON, with an IPC channel that gets the result.

const { url, path, headers, connections, seconds, status } = JSON.parse(process.argv[2]);
const pool = new Pool(url, { connections });
const latencies = [];
const begun = performance.now();
const end = begun + seconds * 1_000;

async function ask() {
  while (performance.now() < end) {
    const sent = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
    await body.dump();
    if (statusCode !== status) throw new Error(`answered ${statusCode}, not ${status}`);
    latencies.push(performance.now() - sent);
  }
}

await Promise.all(Array.from({ length: connections }, ask));
const took = (performance.now() - begun) / 1_000;
latencies.sort((one, other) => one - other);
const quantile = (share) => latencies[Math.floor((latencies.length - 1) * share)];
process.send({ rate: latencies.length / took, p50: quantile(0.5), p99: quantile(0.99) });
process.disconnect();
await pool.close();
