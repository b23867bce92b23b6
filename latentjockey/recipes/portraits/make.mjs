// Puts the parts of portraits together. Chooses nothing: what a portrait is made of is decided by who asks.
//   node make.mjs describe         one line: what each style is made of, and whose it is
//   node make.mjs draw < requests  one line {index, view, body, parts} for each line {index, style, options}
import { createInterface } from 'node:readline';
import { createAvatar } from '@dicebear/core';

const STYLES = [
  'lorelei', 'notionists', 'open-peeps', 'pixel-art', 'adventurer',
  'big-ears', 'croodles', 'micah', 'toon-head', 'personas',
];
const MOST_REQUESTS = 10000;
const LONGEST_REQUEST = 65536;

function say(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

async function describe() {
  const told = {};
  for (const name of STYLES) {
    const { meta, schema } = await import(`@dicebear/${name}`);
    const parts = {};
    const colours = [];
    const chances = [];
    for (const [key, value] of Object.entries(schema.properties)) {
      if (key.endsWith('Probability')) chances.push(key.slice(0, -'Probability'.length));
      else if (value.items?.enum) parts[key] = value.items.enum;
      else if (key.endsWith('Color')) colours.push(key);
    }
    told[name] = {
      title: meta.title, creator: meta.creator, source: meta.source, licence: meta.license.name,
      parts, colours, chances,
    };
  }
  say(told);
}

async function draw() {
  const loaded = new Map();
  let count = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    count += 1;
    if (count > MOST_REQUESTS || line.length > LONGEST_REQUEST) throw new Error('too many or too long requests');
    const { index, style, options } = JSON.parse(line);
    if (!STYLES.includes(style)) throw new Error('no such style');
    if (!loaded.has(style)) loaded.set(style, await import(`@dicebear/${style}`));
    const { svg, extra } = createAvatar(loaded.get(style), { ...options, seed: String(index), clip: false }).toJson();
    const view = /viewBox="([^"]*)"/.exec(svg)[1];
    const start = svg.indexOf('</metadata>') + '</metadata>'.length;
    const parts = {};
    for (const [key, value] of Object.entries(extra)) {
      if (typeof value === 'string' && !key.endsWith('Color') && !key.startsWith('background')) parts[key] = value;
    }
    say({ index, view, body: svg.slice(start, svg.lastIndexOf('</svg>')), parts });
  }
}

await ({ describe, draw }[process.argv[2]] ?? (() => { throw new Error('describe or draw'); }))();
