// SPDX-License-Identifier: Apache-2.0
// Lets iam-simulate decide what decide.py asked of the sandbox (its lines on stdin), and prints, a line each, the
// case, what each of them said, and "differ" where that is not the same.
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
	const { case: name, allowed, simulation } = JSON.parse(line);
	const said = await runSimulation(simulation, {});
	const theirs = said.resultType === "error" ? `error ${JSON.stringify(said.errors)}` : said.overallResult;
	const same = theirs !== undefined && (theirs === "Allowed") === allowed && said.resultType !== "error";
	console.log(`${same ? "same" : "differ"}\t${name}\t${allowed ? "allowed" : "denied"}\t${theirs}`);
}
