// Prints the tokens of each file without its frontmatter, and fails where one has more than the limit.
import { readFileSync } from "node:fs";
import { encode } from "gpt-tokenizer";

const [limit, ...files] = process.argv.slice(2);
for (const file of files) {
  const body = readFileSync(file, "utf8").replace(/^---\n[\s\S]*?\n---\n/, "");
  const tokens = encode(body).length;
  console.log(`${String(tokens).padStart(6)} tokens  ${file}`);
  if (tokens > Number(limit)) {
    console.error(`${file} has ${tokens} tokens, more than ${limit}`);
    process.exitCode = 1;
  }
}
