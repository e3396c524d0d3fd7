"""Every answer, held against botocore's own service model as raw bytes.

botocore parses leniently: it drops members that it does not know and takes a number that
is a string. So the body is taken before the parser sees it."""
import json
import re
from datetime import datetime
from xml.etree import ElementTree

from checks import ok

# Errors that the model does not list, because every AWS service has them: name and status
# where the protocol is REST. In JSON 1.1 all of them have status 400.
COMMON = {
    'AccessDeniedException': 403,
    'IncompleteSignature': 403,
    'InvalidSignatureException': 403,
    'MissingAuthenticationToken': 403,
    'UnrecognizedClientException': 403,
    'SerializationException': 400,
    'ThrottlingException': 400,
    'UnknownOperationException': 404,
}

# The same with the query protocol, that of IAM and STS.
COMMON_QUERY = {
    'AccessDenied': 403,
    'IncompleteSignature': 400,
    'InvalidAction': 400,
    'InvalidClientTokenId': 403,
    'InvalidParameterValue': 400,
    'MissingAction': 400,
    'MissingAuthenticationToken': 403,
    'MissingParameter': 400,
    'RequestEntityTooLarge': 413,
    'RequestExpired': 400,
    'SignatureDoesNotMatch': 403,
    'ServiceUnavailable': 503,
    'Throttling': 400,
    'ValidationError': 400,
}

# Errors that the models mark as faults of the service, a mark that botocore does not keep.
FAULTS = {'InternalServerError', 'ServiceUnavailableException'}

succeeded = set()
refused = set()
answers = 0


def watch(client):
    """Checks every answer that CLIENT gets, retries and errors included."""
    client.meta.events.register('before-parse', look)
    return client


def look(operation_model, response_dict, **_rest):
    global answers
    answers += 1
    name = operation_model.name
    problems = []
    if operation_model.service_model.metadata['protocol'] == 'query':
        check_query(operation_model, response_dict, problems)
    else:
        check_json(operation_model, response_dict, problems)
    if problems:
        body = response_dict['body'][:600]
        ok(False, f'{name}: the answer fits the model', f'{problems} in {body}')


def covered(operations):
    """Each of OPERATIONS has succeeded at least once, under the eyes of the model."""
    missing = sorted(set(operations) - succeeded)
    ok(not missing, f'{len(succeeded)} operations answered as modelled', missing)
    ok(answers > len(operations), f'{answers} answers were held against the model')


def is_rest(operation):
    """Whether the protocol is REST; otherwise it is JSON 1.1, that of FSx."""
    return operation.service_model.metadata['protocol'] == 'rest-json'


def check_json(operation, response, problems):
    status, headers, body = response['status_code'], response['headers'], response['body']
    if not headers.get('x-amzn-requestid'):
        problems.append('no x-amzn-requestid')
    if status >= 300:
        check_json_error(operation, status, headers, body, problems)
        return
    succeeded.add(operation.name)
    wanted = operation.http.get('responseCode', 200)
    if status != wanted:
        problems.append(f'status {status}, not {wanted}')
    shape = operation.output_shape
    if is_rest(operation) and (shape is None or not shape.members):
        if body:
            problems.append('a body where the model has none')
        return
    check_content_type(operation, headers, problems)
    check(shape, parse(body, problems), operation.name, problems)


def check_json_error(operation, status, headers, body, problems):
    name = headers.get('x-amzn-errortype')
    refused.add(name)
    check_content_type(operation, headers, problems)
    answer = parse(body, problems)
    if not isinstance(answer, dict):
        problems.append('an error without a body')
        return
    if answer.pop('__type', name) != name:
        problems.append('__type is not x-amzn-errortype')
    shapes = {shape.name: shape for shape in operation.error_shapes}
    message = answer.get('Message')
    if not isinstance(message, str) or not message:
        problems.append('an error without a Message')
    if name in shapes:
        usual = 500 if name in FAULTS else 400
        wanted = shapes[name].metadata.get('error', {}).get('httpStatusCode', usual)
        check(shapes[name], answer, name, problems)
    elif name in COMMON:
        wanted = COMMON[name] if is_rest(operation) else 400
        if set(answer) - {'Message'}:
            problems.append(f'{name} has members: {sorted(answer)}')
    else:
        problems.append(f'{operation.name} does not answer {name}')
        return
    if status != wanted:
        problems.append(f'{name} has status {status}, not {wanted}')


def check_content_type(operation, headers, problems):
    wanted = 'application/json' if is_rest(operation) else 'application/x-amz-json-1.1'
    if headers.get('content-type') != wanted:
        problems.append(f'content type {headers.get("content-type")}')


def parse(body, problems):
    def once(pairs):
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            problems.append(f'a member is there twice: {names}')
        return dict(pairs)
    try:
        return json.loads(body, object_pairs_hook=once)
    except ValueError as error:
        problems.append(f'not JSON: {error}')
        return {}


def check(shape, value, path, problems):
    """Types, names, requiredness, enums and bounds, all the way down."""
    kinds = {
        'structure': check_structure, 'list': check_list, 'map': check_map,
        'string': check_string, 'character': check_string,
        'timestamp': check_timestamp, 'integer': check_integer, 'long': check_integer,
        'double': check_number, 'float': check_number, 'boolean': check_boolean,
    }
    kinds[shape.type_name](shape, value, path, problems)


def check_structure(shape, value, path, problems):
    if not isinstance(value, dict):
        problems.append(f'{path} is not an object: {value!r}')
        return
    wire = {}
    for name, member in shape.members.items():
        if 'location' not in member.serialization:
            wire[member.serialization.get('name', name)] = member
    for name, inner in value.items():
        if name in wire:
            check(wire[name], inner, f'{path}.{name}', problems)
        else:
            problems.append(f'{path}.{name} is not in the model')
    for name in shape.required_members:
        if shape.members[name].serialization.get('name', name) not in value:
            problems.append(f'{path}.{name} is required')


def check_list(shape, value, path, problems):
    if not isinstance(value, list):
        problems.append(f'{path} is not a list: {value!r}')
        return
    bounds(shape, len(value), path, problems)
    for index, inner in enumerate(value):
        check(shape.member, inner, f'{path}[{index}]', problems)


def check_map(shape, value, path, problems):
    if not isinstance(value, dict):
        problems.append(f'{path} is not an object: {value!r}')
        return
    for name, inner in value.items():
        check(shape.key, name, f'{path} key', problems)
        check(shape.value, inner, f'{path}[{name}]', problems)


def check_string(shape, value, path, problems):
    if not isinstance(value, str):
        problems.append(f'{path} is not a string: {value!r}')
        return
    if shape.enum and value not in shape.enum:
        problems.append(f'{path} is {value!r}, not one of {shape.enum}')
    bounds(shape, len(value), path, problems)
    pattern = shape.metadata.get('pattern')
    # Python's expressions have no classes of letters, spaces and numbers of every script.
    python = pattern and pattern.replace(r'\p{L}\p{Z}\p{N}', r'\w\s')
    if python and not re.search(python, value):
        problems.append(f'{path} is {value!r}, not {pattern}')


def check_timestamp(_shape, value, path, problems):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.append(f'{path} is not a number of seconds: {value!r}')
    elif not 946684800 < value < 4102444800:
        problems.append(f'{path} is not in seconds: {value!r}')


def check_integer(shape, value, path, problems):
    most = 2**31 if shape.type_name == 'integer' else 2**63
    if isinstance(value, bool) or not isinstance(value, int) or not -most <= value < most:
        problems.append(f'{path} is not a {shape.type_name}: {value!r}')
    else:
        bounds(shape, value, path, problems)


def check_number(_shape, value, path, problems):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        problems.append(f'{path} is not a number: {value!r}')


def check_boolean(_shape, value, path, problems):
    if not isinstance(value, bool):
        problems.append(f'{path} is not true or false: {value!r}')


def bounds(shape, size, path, problems):
    least, most = shape.metadata.get('min'), shape.metadata.get('max')
    if (least is not None and size < least) or (most is not None and size > most):
        problems.append(f'{path} has {size}, not {least} to {most}')


def check_query(operation, response, problems):
    """IAM and STS: XML, wrapped twice."""
    status, headers, body = response['status_code'], response['headers'], response['body']
    space = '{' + operation.service_model.metadata['xmlNamespace'] + '}'
    if headers.get('content-type') != 'text/xml':
        problems.append(f'content type {headers.get("content-type")}')
    root = ElementTree.fromstring(body)
    request_id = headers.get('x-amzn-requestid')
    if not request_id:
        problems.append('no x-amzn-requestid')
    if status >= 300:
        if root.findtext(f'{space}RequestId') != request_id:
            problems.append('RequestId is not x-amzn-requestid')
        check_query_error(operation, status, root, space, problems)
        return
    succeeded.add(operation.name)
    if root.tag != f'{space}{operation.name}Response':
        problems.append(f'the root is {root.tag}')
    if root.findtext(f'{space}ResponseMetadata/{space}RequestId') != request_id:
        problems.append('RequestId is not x-amzn-requestid')
    shape = operation.output_shape
    if shape is None:
        if len(root) != 1:
            problems.append(f'more than metadata: {[child.tag for child in root]}')
        return
    result = root.find(space + shape.serialization['resultWrapper'])
    if result is None or len(root) != 2:
        problems.append(f'no result, or more than one: {[child.tag for child in root]}')
        return
    found = of_xml(shape, result, space, operation.name, problems)
    check(shape, found, operation.name, problems)
    # Of this one the model requires nothing, and everything is there.
    if operation.name == 'GetCallerIdentity' and set(found) != set(shape.members):
        problems.append(f'members {sorted(found)}')


def check_query_error(operation, status, root, space, problems):
    code = root.findtext(f'{space}Error/{space}Code')
    refused.add(code)
    for tag in (f'{space}Error/{space}Type', f'{space}Error/{space}Code',
                f'{space}Error/{space}Message', f'{space}RequestId'):
        if not root.findtext(tag):
            problems.append(f'an error without {tag}')
    modelled = [shape.metadata.get('error', {}) for shape in operation.error_shapes]
    modelled = {it.get('code'): it.get('httpStatusCode') for it in modelled}
    wanted = modelled.get(code) or COMMON_QUERY.get(code)
    if wanted is None:
        problems.append(f'{operation.name} does not answer {code}')
    elif status != wanted:
        problems.append(f'{code} has status {status}, not {wanted}')


def of_xml(shape, element, space, path, problems):
    """What XML says, in the types that JSON would have."""
    text = element.text or ''
    if shape.type_name == 'structure':
        names = [child.tag.removeprefix(space) for child in element]
        if len(names) != len(set(names)):
            problems.append(f'{path}: a member is there twice: {names}')
        return {name: of_xml(shape.members[name], child, space, f'{path}.{name}', problems)
                if name in shape.members else child.text
                for name, child in zip(names, element)}
    if shape.type_name == 'list':
        for child in element:
            if child.tag != space + 'member':
                problems.append(f'{path} has {child.tag}')
        return [of_xml(shape.member, child, space, f'{path}[]', problems) for child in element]
    if len(element):
        problems.append(f'{path} has members')
    if shape.type_name == 'boolean':
        return {'true': True, 'false': False}.get(text, text)
    if shape.type_name in ('integer', 'long'):
        return int(text) if re.fullmatch('-?[0-9]+', text) else text
    if shape.type_name == 'timestamp':
        whole = re.fullmatch(r'[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z', text)
        return datetime.fromisoformat(text).timestamp() if whole else text
    return text
