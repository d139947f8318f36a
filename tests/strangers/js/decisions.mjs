// SPDX-License-Identifier: Apache-2.0
// Lets iam-simulate decide what the sandbox was asked in a run: decisions.mjs POLICIES <DECISIONS
//
// POLICIES is what `runbook policy --output json` printed; DECISIONS is the file of runbook-sandbox --decisions.  Under
// the policy each request must be allowed; with the statements dropped that list its action for its resource, one at a
// time, it must be denied by one of them, so no statement is there twice.  Prints what differs, and a line of counts.
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const list = (value) => (Array.isArray(value) ? value : [value]);
const { policies, account } = JSON.parse(readFileSync(process.argv[2], "utf8"));
// iam-simulate 0.1.173 allows this key for SendSSHPublicKey and then finds no type for it: it is left out on both sides.
const UNKNOWN = "ec2:osuser";
const documents = policies.map((p) => p.document);
for (const statement of documents.flatMap((d) => d.Statement))
	for (const keys of Object.values(statement.Condition ?? {})) delete keys[UNKNOWN];
// Its data has two types of resource with the ARN of an Instance Connect Endpoint for OpenTunnel, and it decides neither.
const UNDECIDED = "ec2-instance-connect:OpenTunnel";
// A public parameter of Systems Manager has no account in its ARN; it knows the form with one alone.
const withAccount = (arn) => arn.replace(/^(arn:[a-z-]+:ssm:[a-z0-9-]+:):/, `$1${account}:`);
for (const statement of documents.flatMap((d) => d.Statement))
	statement.Resource = list(statement.Resource).map(withAccount);
const wrong = [];
const seen = new Set();
let asked = 0;

async function decide(request, statements) {
	const said = await runSimulation({
		request,
		identityPolicies: statements.map((all, i) => ({ name: `p${i}`, policy: { ...documents[i], Statement: all } }))
			.filter((p) => p.policy.Statement.length),
		serviceControlPolicies: [],
		resourceControlPolicies: [],
	}, {});
	return said.resultType === "error" ? `error ${JSON.stringify(said.errors)}` : said.overallResult;
}

for await (const line of createInterface({ input: process.stdin })) {
	const { caller, action, resource, context, allowed } = JSON.parse(line);
	const variables = Object.fromEntries(Object.entries(context).map(([k, v]) =>
		[k, v.length > 1 || k === "aws:TagKeys" ? v : v[0]]));
	delete variables[UNKNOWN];
	delete variables["aws:CurrentTime"];
	delete variables["aws:EpochTime"];
	const key = JSON.stringify([action, resource, variables]);
	// The upload from outside is to be refused, by the bucket's policy, and nobody has a permission for it.
	if (seen.has(key) || action === "s3:PutObject" || action === UNDECIDED) continue;
	seen.add(key);
	if (!allowed) {
		wrong.push(`the sandbox denied ${action} on ${resource}`);
		continue;
	}
	asked++;
	const request = { principal: caller, action, resource: { resource: withAccount(resource), accountId: account }, contextVariables: variables };
	const whole = documents.map((d) => d.Statement);
	const said = await decide(request, whole);
	if (said !== "Allowed") wrong.push(`${action} on ${resource} is ${said}: ${JSON.stringify(variables)}`);
	let needed = false;
	for (const [d, statements] of whole.entries()) {
		for (const statement of statements.filter((s) => list(s.Action).includes(action))) {
			const less = whole.map((all, i) => (i === d ? all.filter((s) => s !== statement) : all));
			needed ||= (await decide(request, less)) !== "Allowed";
		}
	}
	if (!needed) wrong.push(`${action} on ${resource} is allowed twice`);
}
wrong.forEach((w) => console.log(w));
console.log(`${asked} requests, ${wrong.length} decided otherwise`);
process.exit(wrong.length || asked < Number(process.argv[3]) ? 1 : 0);
