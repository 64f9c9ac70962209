// node peers.mjs NAME WORKLOAD.json: builds the rules in one product, checks every case against the oracle's answer,
// and prints {"ns","right","of"}: nanoseconds per decision (median of batches), single thread, all data in memory.
import { readFileSync } from 'node:fs';

const [name, file] = process.argv.slice(2);
const { rules, cases, expected } = JSON.parse(readFileSync(file, 'utf8'));
const KEEP = 'keep';
const answers = expected.map((index) => (index < 0 ? KEEP : rules[index].action));

// Each builder returns (index of the case) => the action of the first rule that holds, or KEEP. What a product lets one
// prepare per context (parsing, context objects) is prepared outside of the measured time.
const builders = {
  async launchdarkly() {
    const { default: ld } = await import('@launchdarkly/node-server-sdk');
    const variations = [KEEP, ...new Set(rules.map((r) => r.action))];
    const ops = { eq: 'in', in: 'in', lt: 'lessThan', le: 'lessThanOrEqual', gt: 'greaterThan', ge: 'greaterThanOrEqual' };
    const flag = {
      key: 'decide', on: true, version: 1, salt: 's', prerequisites: [], targets: [], contextTargets: [],
      fallthrough: { variation: 0 }, offVariation: 0, variations,
      rules: rules.map((rule, i) => ({
        id: `r${i}`, variation: variations.indexOf(rule.action),
        clauses: rule.when.map((c) => ({ contextKind: 'user', attribute: c.feature, op: ops[c.op], values: [c.value].flat(), negate: false })),
      })),
    };
    const data = new ld.integrations.TestData();
    data.usePreconfiguredFlag(flag);
    const client = ld.init('sdk-key', { updateProcessor: data.getFactory(), sendEvents: false, logger: ld.basicLogger({ level: 'none' }) });
    await client.waitForInitialization({ timeout: 60 });
    const contexts = cases.map((c, i) => ({ kind: 'user', key: `k${i}`, ...c }));
    return { decide: (i) => client.variation('decide', contexts[i], KEEP), close: () => client.close() };
  },

  async unleash() {
    const { Unleash, InMemStorageProvider } = await import('unleash-client');
    const ops = { eq: 'IN', in: 'IN', lt: 'NUM_LT', le: 'NUM_LTE', gt: 'NUM_GT', ge: 'NUM_GTE' };
    const feature = {
      name: 'decide', enabled: true, impressionData: false, variants: [], type: 'release', project: 'p', stale: false,
      strategies: rules.map((rule) => ({
        name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'default', groupId: 'g' },
        constraints: rule.when.map((c) => {
          const numeric = c.op !== 'eq' && c.op !== 'in';
          return { contextName: c.feature, operator: ops[c.op], inverted: false, caseInsensitive: false, ...(numeric ? { value: String(c.value) } : { values: [c.value].flat().map(String) }) };
        }),
        variants: [{ name: rule.action, weight: 1000, stickiness: 'default', payload: { type: 'string', value: rule.action } }],
      })),
    };
    const client = new Unleash({
      appName: 'bench', url: 'http://127.0.0.1:1/', refreshInterval: 0, disableMetrics: true, skipInstanceCountWarning: true, disableAutoStart: false,
      storageProvider: new InMemStorageProvider(), bootstrap: { data: [feature] }, bootstrapOverride: true,
    });
    client.on('error', () => {});
    client.on('warn', () => {});
    await new Promise((done) => (client.isSynchronized() ? done() : client.once('ready', done)));
    const contexts = cases.map((c, i) => ({ userId: `u${i}`, properties: Object.fromEntries(Object.entries(c).map(([k, v]) => [k, String(v)])) }));
    return { decide: (i) => { const v = client.getVariant('decide', contexts[i]); return v.enabled ? v.name : KEEP; }, close: () => client.destroy() };
  },

  async growthbook() {
    const { GrowthBook } = await import('@growthbook/growthbook');
    const one = (c) => (c.op === 'eq' ? { [c.feature]: c.value } : { [c.feature]: { [{ in: '$in', lt: '$lt', le: '$lte', gt: '$gt', ge: '$gte' }[c.op]]: c.value } });
    const features = { decide: { defaultValue: KEEP, rules: rules.map((rule) => ({ condition: { $and: rule.when.map(one) }, force: rule.action })) } };
    const gb = new GrowthBook({ features });
    // One instance, attributes set per case: the cheapest way the SDK offers.
    return { decide: (i) => { gb.setAttributes(cases[i]); return gb.evalFeature('decide').value; }, close: () => gb.destroy() };
  },

  async zen() {
    const { ZenEngine } = await import('@gorules/zen-engine');
    const features = [...new Set(rules.flatMap((r) => r.when.map((c) => c.feature)))];
    const cell = (c) => {
      const v = JSON.stringify(c.value);
      return { eq: typeof c.value === 'boolean' ? `$ == ${v}` : v, in: c.op === 'in' ? c.value.map((x) => JSON.stringify(x)).join(',') : '', lt: `< ${v}`, le: `<= ${v}`, gt: `> ${v}`, ge: `>= ${v}` }[c.op];
    };
    const table = {
      hitPolicy: 'first',
      inputs: features.map((f) => ({ id: f, type: 'expression', name: f, field: f })),
      outputs: [{ id: 'out', type: 'expression', name: 'action', field: 'action' }],
      rules: rules.map((rule, i) => ({
        _id: `r${i}`,
        ...Object.fromEntries(features.map((f) => {
          const own = rule.when.filter((c) => c.feature === f);
          // Several conditions on one feature stand in one cell, joined.
          if (own.length === 0) return [f, ''];
          if (own.length === 1) return [f, cell(own[0])];
          const all = own.map((c) => ({ eq: `$ == ${JSON.stringify(c.value)}`, in: `$ in ${JSON.stringify(c.value)}`, lt: `$ < ${c.value}`, le: `$ <= ${c.value}`, gt: `$ > ${c.value}`, ge: `$ >= ${c.value}` }[c.op]));
          return [f, all.join(' and ')];
        })),
        out: JSON.stringify(rule.action),
      })).concat([{ _id: 'default', ...Object.fromEntries(features.map((f) => [f, ''])), out: JSON.stringify(KEEP) }]),
    };
    const content = {
      nodes: [
        { id: 'in', type: 'inputNode', name: 'in', position: { x: 0, y: 0 } },
        { id: 'table', type: 'decisionTableNode', name: 'table', position: { x: 0, y: 0 }, content: table },
        { id: 'end', type: 'outputNode', name: 'end', position: { x: 0, y: 0 } },
      ],
      edges: [{ id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' }, { id: 'b', type: 'edge', sourceId: 'table', targetId: 'end' }],
    };
    const engine = new ZenEngine();
    const decision = engine.createDecision(Buffer.from(JSON.stringify(content)));
    return { decide: async (i) => (await decision.evaluate(cases[i])).result.action, close: () => engine.dispose?.() };
  },

  async cedar() {
    const cedar = await import('@cedar-policy/cedar-wasm/nodejs');
    // Cedar has no order: every policy that holds is reported, and the first of them by index is ours.
    const lit = (v) => JSON.stringify(v);
    const one = (c) => ({ eq: `context.${c.feature} == ${lit(c.value)}`, in: c.op === 'in' ? `[${c.value.map(lit).join(',')}].contains(context.${c.feature})` : '', lt: `context.${c.feature} < ${c.value}`, le: `context.${c.feature} <= ${c.value}`, gt: `context.${c.feature} > ${c.value}`, ge: `context.${c.feature} >= ${c.value}` }[c.op]);
    const staticPolicies = Object.fromEntries(rules.map((rule, i) => [`p${i}`, `permit(principal, action, resource) when { ${rule.when.map(one).join(' && ')} };`]));
    const parsed = cedar.preparsePolicySet('rules', { staticPolicies, templates: {}, templateLinks: [] });
    if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed).slice(0, 300));
    const uid = (type, id) => ({ type, id });
    return {
      decide: (i) => {
        const answer = cedar.statefulIsAuthorized({
          principal: uid('U', 'a'), action: uid('Action', 'a'), resource: uid('R', 'a'), context: cases[i],
          preparsedPolicySetId: 'rules', entities: [], validateRequest: false,
        });
        if (answer.type !== 'success') throw new Error(JSON.stringify(answer).slice(0, 300));
        const holding = answer.response.diagnostics.reason.map((id) => Number(id.slice(1)));
        return holding.length === 0 ? KEEP : rules[Math.min(...holding)].action;
      },
      close: () => {},
    };
  },
};

const { decide, close } = await builders[name]();

// A slow product is asked fewer cases, so that no one takes longer than about half a minute.
let start = process.hrtime.bigint();
for (let i = 0; i < 5; i++) await decide(i);
const rough = Number(process.hrtime.bigint() - start) / 5;
const of = Math.min(cases.length, Math.max(20, Math.floor(5e9 / rough)));
let right = 0;
for (let i = 0; i < of; i++) if ((await decide(i)) === answers[i]) right++;

const isAsync = decide(0) instanceof Promise;
const size = Math.max(1, Math.min(of, Math.floor(20e6 / rough)));
const times = [];
const end = process.hrtime.bigint() + 8_000_000_000n;
for (let at = 0; times.length < 200 && (times.length < 5 || process.hrtime.bigint() < end); ) {
  start = process.hrtime.bigint();
  if (isAsync) for (let i = 0; i < size; i++, at++) await decide(at % of);
  else for (let i = 0; i < size; i++, at++) decide(at % of);
  times.push(Number(process.hrtime.bigint() - start) / size);
}
times.sort((a, b) => a - b);
await close();
console.log(JSON.stringify({ ns: times[times.length >> 1], right, of }));
process.exit(0);
