import { badInput } from './bad-input.ts';
import { builder } from './builder.ts';

/** The types whose objects can be fetched by id. */
const nodeTypes = ['Model', 'Endpoint', 'Provider', 'Account', 'ApiKey', 'Generation', 'App'];

/** As many as the longest page of a list, since each id is an object to find. */
const maxIds = 100;

builder.queryField('node', (t) =>
  t.node({
    description: 'The object with this id, or null where there is none.',
    args: { id: t.arg.id({ required: true, description: 'An `id` that the API gave out earlier.' }) },
    id: (_root, { id }) => parseNodeId(id),
  }),
);

builder.queryField('nodes', (t) =>
  t.nodeList({
    description: 'The objects with these ids, in the order of the ids, with null where there is none.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100 `id`s that the API gave out earlier.' }) },
    ids: (_root, { ids }) => checked(ids).map(parseNodeId),
  }),
);

function checked(ids: readonly string[]): readonly string[] {
  if (ids.length > maxIds) throw badInput(`\`ids\` has ${ids.length} ids; it may have ${maxIds}.`);
  return ids;
}

/** The type and the key in a global id, or null where it is not one of ours. */
function parseNodeId(globalId: string): { readonly type: string; readonly id: string } | null {
  const [type = '', ...rest] = Buffer.from(globalId, 'base64').toString().split(':');
  const id = rest.join(':');
  return nodeTypes.includes(type) && id !== '' ? { type, id } : null;
}
