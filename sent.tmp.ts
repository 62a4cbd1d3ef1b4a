import { played } from '/tmp/wt/sim-messages/test/simulation/world.ts';
import { violationsOf } from '/tmp/wt/sim-messages/test/simulation/invariants/all.ts';
const w = await played(Number(process.argv[2]));
for (const m of w.sent.values()) { const r:any = w.dynamodb.items('messages').find((x:any)=>x.messageId.toLowerCase()===m.messageId); console.log(m.messageId, (m.at/1000).toFixed(1), JSON.stringify(m.content), r?.line, r?.position, r?.state, r?.lastError ?? ''); }
console.log([...w.kinds], w.isAttentive, violationsOf(w));
for (const i of w.dynamodb.items('incidents') as any[]) console.log(i.kind, i.subject, i.messageId, i.state, i.expected, '/', i.found);
for (const i of (w.dynamodb.items('history') as any[])) console.log(i.subject, i.sequence, i.event, i.messageId);
for (const i of (w.dynamodb.items('files') as any[])) console.log(JSON.stringify(i));
for (const i of (w.dynamodb.items('control') as any[])) console.log(JSON.stringify(i));
for (const i of (w.dynamodb.items('lines') as any[])) console.log(JSON.stringify(i));
console.log('now', w.scheduler.now, new Set(w.faults.happened.map(x=>x.replace(/.*? /,''))));
