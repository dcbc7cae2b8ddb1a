/** So long that few are needed, and so short that writing one holds nobody up. */
const pieceLength = 65_536;

/** The JSON of an object, piece by piece, where one text would take too long to make: between two elements of its lists there may be a cut. */
export function* jsonPieces(body: object): Generator<string, void> {
  let text = '{';
  let first = true;
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    text += `${first ? '' : ','}${JSON.stringify(name)}:`;
    first = false;
    if (!Array.isArray(value)) {
      text += JSON.stringify(value);
      continue;
    }
    for (const [index, element] of value.entries()) {
      text += `${index === 0 ? '[' : ','}${JSON.stringify(element)}`;
      if (text.length < pieceLength) continue;
      yield text;
      text = '';
    }
    text += value.length === 0 ? '[]' : ']';
  }
  yield `${text}}`;
}
