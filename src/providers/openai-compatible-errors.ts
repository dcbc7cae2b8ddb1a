import type { FailureKind } from '../errors.ts';
import { type Interpretation, sentenceOf } from './failure.ts';
import { keepsAway, kindBySentence } from './sentence-rules.ts';
import { isRecord, type WireRecord } from './wire-values.ts';

/**
 * What an error of any of these servers means: first by its code or type, where it names one that says more than the status, then
 * by its sentence. The statuses with a sentence rule are those with which servers really send it.
 */
export function interpretError(status: number, body: unknown): Interpretation | undefined {
  const fields = errorFields(body);
  const upstream = routedMessage(fields);
  const message = upstream ?? sentenceOf(body);
  const code = codeIn(fields);
  const named = code === undefined ? undefined : codes.get(code);
  // Some call every error a server error; a status that blames the request or its rate says more.
  const coded = named === 'server_failed' && status >= 400 && status < 500 ? undefined : named;
  const sentences = upstream === undefined ? (message ?? '') : `${upstream} ${sentenceOf(body) ?? ''}`;
  const said = coded === undefined || coded === 'invalid_request' ? kindOfSentence(status, sentences) : undefined;
  // A sentence may say why a request is invalid. It cannot make it a fault of the endpoint, unless the code is said of nearly everything.
  const blamesEndpoint = said !== undefined && keepsAway.has(said);
  const kind = coded === 'invalid_request' && blamesEndpoint && code !== vagueCode ? coded : (said ?? coded);
  if (kind === undefined && upstream === undefined) return undefined;
  return { ...(kind === undefined ? {} : { kind }), ...(upstream === undefined ? {} : { message: upstream }) };
}

/** An error inside an answer with status 200: the answer itself, where it is one, else undefined. */
export function errorIn(answer: WireRecord): unknown {
  if (isRecord(answer.error) || (typeof answer.error === 'string' && answer.error !== '')) return answer;
  if (answer.object === 'error') return answer;
  if (isRecord(answer.x_groq) && typeof answer.x_groq.error === 'string') return { error: answer.x_groq.error };
  // MiniMax puts a status beside the choices, and leaves these empty.
  if (isRecord(answer.base_resp) && Number(answer.base_resp.status_code ?? 0) !== 0) return answer.base_resp;
  if (Array.isArray(answer.choices) || isRecord(answer.usage)) return undefined;
  const says = ['message', 'detail', 'errors', 'status_code', 'statusCode', 'error_code'].some((name) =>
    Boolean(answer[name]),
  );
  return says ? answer : undefined;
}

/** The error objects of a body, outermost first: `[{error: {…}}]`, `{error: {…, metadata, innererror}}`, `{detail: [{…}]}`. */
function errorFields(body: unknown, depth = 0): readonly WireRecord[] {
  if (Array.isArray(body)) return depth > 4 ? [] : body.slice(0, 3).flatMap((entry) => errorFields(entry, depth + 1));
  if (!isRecord(body) || depth > 4) return [];
  const inner = [body.error, body.detail, body.innererror, body.inner_error, body.metadata, body.errors];
  return [body, ...inner.flatMap((entry) => errorFields(entry, depth + 1))];
}

/** Routers wrap the error of their own upstream: OpenRouter's `metadata.raw`, a text or JSON in one. */
function routedMessage(fields: readonly WireRecord[]): string | undefined {
  const raw = fields.map((field) => field.raw).find((value) => typeof value === 'string' && value !== '');
  if (typeof raw !== 'string') return undefined;
  try {
    return sentenceOf(JSON.parse(raw)) ?? raw;
  } catch {
    return raw;
  }
}

/** The code that says the most, of those that are known. */
function codeIn(fields: readonly WireRecord[]): string | undefined {
  // The innermost says the most, and a code more than a type.
  for (const field of fields.toReversed()) {
    for (const name of codeFields) {
      const word = field[name];
      if (typeof word !== 'string' && typeof word !== 'number') continue;
      const key = String(word)
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '');
      const code = 'status_msg' in field ? `minimax${key}` : key;
      if (codes.has(code)) return code;
    }
  }
  return undefined;
}

const codeFields = ['code', 'error_code', 'error_type', 'type', 'status_code', 'status'];

/** Codes and types, in lower case and without punctuation. The numbers are Z.ai's, Mistral's (1500) and MiniMax's. */
const codeLists: readonly (readonly [kind: FailureKind, codes: string])[] = [
  [
    'context_length_exceeded',
    `contextlengthexceeded toomanyprompttokens contextwindowexceeded contextwindowexceedederror exceedcontextsizeerror
    tokenlimitexceeded requesttoolarge payloadtoolarge stringtoolong 1261`,
  ],
  [
    'provider_credits_exhausted',
    `insufficientquota billinghardlimitreached billingnotactive insufficientbalance insufficientcredits insufficientuserquota
    paymentrequired exceededcurrentquotaerror arrearage creditsexhausted quotanotenough 1113 minimax1008`,
  ],
  [
    'content_filtered',
    `contentfilter contentpolicyviolation responsibleaipolicyviolation datainspectionfailed contentpolicy contentmoderation
    moderationblocked promptblocked safetyviolation refusal 1301 minimax1026 minimax1027`,
  ],
  ['unsupported_parameter', 'unsupportedparameter unsupportedvalue unknownparameter extraforbidden unsupportedfeature'],
  [
    'model_not_found',
    `modelnotfound deploymentnotfound modelnotavailable modelnotexist modeldecommissioned invalidmodel unknownmodel
    unavailablemodel modelnotsupported modeldeprecated noendpoints operationnotsupported 1211 1500`,
  ],
  [
    'credentials_rejected',
    `invalidapikey authenticationerror invalidauthenticationerror incorrectapikeyerror invalidauthentication unauthenticated
    authentication accessterminatederror minimax1004 minimax2049`,
  ],
  [
    'overloaded',
    `overloadederror engineoverloadederror serveroverloaded provideroverloaded providerunavailable capacityexceeded overcapacity
    serviceunavailable serviceunavailableerror nocapacity modeloverloaded capacityexhausted temporarilyunavailable 1305`,
  ],
  [
    'rate_limited',
    `ratelimitexceeded ratelimiterror ratelimited ratelimitreachederror toomanyrequests resourceexhausted limitrequests throttling
    throttlingratequota throttlingallocationquota 1302 minimax1002 minimax1039`,
  ],
  // Groq blames the request for what the model wrote.
  ['malformed_response', 'toolusefailed jsonvalidatefailed outputparsefailed'],
  ['server_failed', 'servererror internalservererror internalerror minimax1000 minimax1001 minimax1024 minimax1033'],
  [
    'invalid_request',
    `invalidprompt invalidimageurl invalidbase64image invalidimage imageparseerror invalidfunctionparameters invalidvalue invalidtype
    invalidjson invalidjsonschema missingrequiredparameter emptystring stringabovemaxlength stringbelowminlength emptyarray
    arrayabovemaxlength arraybelowminlength integerabovemaxvalue integerbelowminvalue decimalabovemaxvalue decimalbelowminvalue
    objectabovemaxproperties minimax2013`,
  ],
];

/** MiniMax's for all invalid parameters, an unknown model among them. */
const vagueCode = 'minimax2013';

const codes: ReadonlyMap<string, FailureKind> = new Map(
  codeLists.flatMap(([kind, words]) => words.split(/\s+/).map((word): [string, FailureKind] => [word, kind])),
);

interface SentenceRule {
  readonly kind: FailureKind;
  /** With which statuses; 200 stands for an error inside an answer that names no status. */
  readonly statuses: readonly number[];
  readonly says: RegExp;
}

const sentenceRules: readonly SentenceRule[] = [
  {
    kind: 'context_length_exceeded',
    statuses: [200, 400, 413, 422, 500],
    says: /maximum (context|prompt|input|sequence|model length)|longer than the max|exceed\w* .{0,40}token limit|must have less than \d+ tokens|`inputs` tokens|range of input length|exceeds? (the )?max(imum)? (prompt |input )?length|context (length|window|size)|too many (input |prompt )?tokens|(prompt|input|request|message).{0,30} too (long|large)|total length of all messages|reduce the length|tokens? exceeds?|exceeds? .{0,40}(max|limit).{0,30}tokens|(input|prompt) (length|tokens).{0,40}exceed|larger than the max/i,
  },
  {
    kind: 'provider_credits_exhausted',
    statuses: [200, 400, 401, 402, 403, 429],
    says: /insufficient (account )?(balance|credits?|funds|quota)|credit balance|(not|n't) (have )?(enough|any|sufficient) credits|requires more credits|(out|run out) of credits|no credits|used all available credits|spending limit|exceeded your current quota, please check your plan|exceeded your monthly included credits|please (recharge|top up)|payment required|account.{0,40}arrear/i,
  },
  {
    kind: 'unsupported_parameter',
    statuses: [200, 400, 404, 415, 422, 501],
    says: /unsupported (parameter|value|argument)|unrecognized (request )?(argument|parameter|field)|unknown (parameter|field|argument)|extra inputs are not permitted|(parameter|argument|field|property|option).{0,80}(not supported|unsupported|not permitted|not allowed|unrecognized)|not supported (with|by|for) this model|does(n't| not) support (the |any |this |your )?(tool|function|image|vision|audio|file|parameter|system|developer|json|structured|response|reason|think|stream|logprob|stop|penal|multi)|unknown variant|that support (tool|image|audio|file|the)/i,
  },
  {
    kind: 'content_filtered',
    statuses: [200, 400, 403, 422, 451],
    says: /content (management )?(policy|policies|filter|moderation)|flagged|moderation|safety (system|policy|policies|guideline|check)|responsible ai|inappropriate content|sensitive (content|information)|usage (guidelines|polic)|violat.{0,40}(policy|policies|guideline|terms)/i,
  },
  {
    kind: 'credentials_rejected',
    statuses: [200, 400, 404, 422],
    says: /(invalid|incorrect|missing|wrong|no|expired|malformed|bad).{0,20}(api[ _-]?key|credential|auth(entication|orization)? (token|header)|access token|subscription key)|api[ _-]?key.{0,40}(not valid|invalid|expired|missing|required|incorrect)|unauthori[sz]ed|authentication (failed|fails)/i,
  },
  {
    kind: 'model_not_found',
    statuses: [200, 400, 403, 404, 410, 422],
    says: /models?\b.{0,120}(not found|not exist|n't exist|no longer|deprecated|decommissioned|not available|unavailable|not supported|unsupported|not valid|is unknown|no access|not have access|not deployed|inaccessible)|(invalid|unknown|no such|unsupported|unable to access|not a valid) (non-serverless )?model|no endpoints found|deployment.{0,60}(not exist|not found)/i,
  },
  {
    kind: 'overloaded',
    statuses: [200, 429],
    says: /overloaded|over capacity|at capacity|server is busy|no available (capacity|worker)|service unavailable/i,
  },
  {
    kind: 'rate_limited',
    statuses: [200, 400, 403],
    says: /rate[ -]?limit|too many requests|(requests|tokens) per (minute|hour|day)/i,
  },
];

function kindOfSentence(status: number, sentence: string): FailureKind | undefined {
  const rules = sentenceRules.filter(({ statuses }) => statuses.includes(status));
  return kindBySentence(
    rules.map(({ says, kind }) => [says, kind]),
    sentence,
  );
}
