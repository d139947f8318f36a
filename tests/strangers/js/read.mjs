// SPDX-License-Identifier: Apache-2.0
// Reads what reads.py lists (on stdin) with AWS SDK for JavaScript v3, and prints each answer as canonical
// JSON, a line each: the rules are those of ../boto/read.py.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const clients = new Map();
const modules = new Map();

async function sdk(service) {
	if (!modules.has(service)) modules.set(service, await import(`@aws-sdk/client-${service}`));
	return modules.get(service);
}

async function client(service, region) {
	const name = `${service} ${region}`;
	if (!clients.has(name)) {
		const module = await sdk(service);
		const Client = module[Object.keys(module).find((k) => k.toLowerCase() === `${service}client`)];
		clients.set(name, new Client({ region, forcePathStyle: true, maxAttempts: 1 }));
	}
	return clients.get(name);
}

async function canonical(value) {
	if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
	if (Array.isArray(value)) return Promise.all(value.map(canonical));
	if (value instanceof Uint8Array) return createHash("sha256").update(value).digest("hex");
	if (value !== null && typeof value === "object") {
		if (value.transformToByteArray) return canonical(await value.transformToByteArray());
		const out = {};
		for (const key of Object.keys(value).sort()) {
			const one = await canonical(decoded(key, value[key]));
			const empty = one === undefined || one === null || one === "";
			if (!empty && !(typeof one === "object" && Object.keys(one).length === 0)) out[key] = one;
		}
		return out;
	}
	return value;
}

// What botocore decodes by itself.
function decoded(key, value) {
	if (typeof value !== "string") return value;
	if (/Document$/.test(key) && value.startsWith("%7B")) return JSON.parse(decodeURIComponent(value));
	return key === "Output" ? Buffer.from(value, "base64").toString() : value;
}

async function ask(service, region, operation, params) {
	const Command = (await sdk(service))[`${operation}Command`];
	try {
		const { $metadata, ...answer } = await (await client(service, region)).send(new Command(params));
		return answer;
	} catch (e) {
		if (!e.$metadata) throw e;
		const status = e.$metadata.httpStatusCode;
		const code = operation.startsWith("Head") ? "" : (e.Code ?? e.name); // e.name: the class
		const message = code && e.message !== "UnknownError" ? e.message : ""; // for one without words
		return { Code: code, Status: status, Message: message };
	}
}

for (const read of JSON.parse(readFileSync(0, "utf8"))) {
	const line = JSON.stringify(await canonical([read, await ask(...read)]));
	console.log(line.replace(/[\x80-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0")));
}
