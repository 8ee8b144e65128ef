"""Trees as text with every grouping visible: `(a + (b * c))`."""

from nndsl.syntax import ast


def show(node: object) -> str:
    match node:
        case None:
            return ""
        case ast.Num(text=text):
            return text
        case ast.Str(value=value):
            return repr(value)
        case ast.Bool(value=value):
            return str(value).lower()
        case ast.Nothing():
            return "none"
        case ast.Name(id=name):
            return name or "?"
        case ast.Flow(first=first):
            return "input" if first else "_"
        case ast.Open(name=name):
            return f"?{name}"
        case ast.ListExpr(items=items):
            return f"[{commas(items)}]"
        case ast.TupleExpr(items=items):
            return f"({commas(items)},)"
        case ast.Arg(name=name, value=value):
            return f"{name}={show(value)}" if name else show(value)
        case ast.Call(func=func, args=args):
            return f"{show(func)}({commas(args)})"
        case ast.Attr(value=value, name=name):
            return f"{show(value)}.{name}"
        case ast.Slice(start=start, stop=stop, step=step):
            return f"{show(start)}:{show(stop)}:{show(step)}"
        case ast.Index(value=value, items=items):
            return f"{show(value)}[{commas(items)}]"
        case ast.Unary(op=op, value=value):
            return f"({op} {show(value)})"
        case ast.Binary(op=op, left=left, right=right) | ast.BoolOp(op=op, left=left, right=right):
            return f"({show(left)} {op} {show(right)})"
        case ast.Compare(values=values, ops=ops):
            pairs = zip(ops, values[1:], strict=True)
            return f"({show(values[0])}{''.join(f' {op} {show(one)}' for op, one in pairs)})"
        case ast.Ternary(cond=cond, then=then, other=other):
            return f"({show(cond)} ? {show(then)} : {show(other)})"
        case ast.Comprehension(element=element, clauses=clauses):
            return f"{{{show(element)} | {'; '.join(show(clause) for clause in clauses)}}}"
        case ast.Clause(targets=targets, over=over, conds=conds):
            return f"{','.join(targets)} in {show(over)}" + "".join(f" if {show(c)}" for c in conds)
        case ast.PipeExpr(pipeline=pipeline):
            return f"<{show(pipeline)}>"
        case ast.Pipeline(stages=stages):
            return " -> ".join(map(show, stages))
        case ast.ExprStage(expr=expr):
            return show(expr)
        case _:
            return show_stage(node)


def show_stage(node: object) -> str:
    match node:
        case ast.Frozen(stage=stage):
            return f"frozen {show(stage)}"
        case ast.Braces(word=word, args=args, body=body):
            head = word if args is None else f"{word}({commas(args)})"
            return f"{head}{braces(body)}"
        case ast.If(cond=cond, then=then, orelse=orelse):
            otherwise = "" if orelse is None else f" else {braces(orelse)}"
            return f"if {show(cond)} {braces(then)}{otherwise}"
        case ast.For(targets=targets, over=over, body=body):
            return f"for {commas(targets)} in {show(over)} {braces(body)}"
        case ast.Repeat(count=count, body=body):
            return f"repeat {show(count)} {braces(body)}"
        case ast.Target(name=name, parts=parts):
            return name or f"({commas(parts)})"
        case _:
            return show_line(node)


def show_line(node: object) -> str:
    match node:
        case ast.PipeLine(pipeline=pipeline):
            return show(pipeline)
        case ast.Bind(targets=targets, value=value):
            return f"{commas(targets)} = {show(value)}"
        case ast.Let(targets=targets, params=params, value=value):
            head = "" if params is None else f"({','.join(params)})"
            return f"let {commas(targets)}{head} = {show(value)}"
        case ast.Shared(name=name, value=value):
            return f"shared {name} = {show(value)}"
        case ast.WeightLine(name=name, shape=shape, init=init, frozen=frozen):
            return f"{'frozen ' if frozen else ''}weight {name}: {show(shape)} = {show(init)}"
        case ast.Input(name=name, type=kind):
            return f"input {name}: {show(kind)}"
        case ast.Output(name=name, value=value):
            return f"output {name or ''} = {show(value)}"
        case ast.Push(stack=stack, value=value):
            return f"push {stack} = {show(value)}"
        case ast.Loss(name=name, value=value):
            return f"loss {name} = {show(value)}"
        case _:
            return show_declaration(node)


def show_declaration(node: object) -> str:
    match node:
        case ast.Def(kind=kind, name=name, params=params, body=body):
            return f"{kind} {name}({commas(params)}) {braces(body)}"
        case ast.ParamDecl(name=name, default=default):
            return name if default is None else f"{name}={show(default)}"
        case ast.Preset(kind=kind, name=name, value=value):
            return f"{kind} {name} = {show(value)}"
        case ast.Import(path=path, names=names):
            return f"import {path!r} {'' if names is None else commas(names)}".strip()
        case ast.Train(model=model, settings=settings):
            return f"train {model}{braces(settings)}"
        case ast.Setting(word=word, target=target, values=values):
            return f"{word} {target or ''}: {commas(values)}"
        case _:
            raise AssertionError(node)


def commas(nodes: tuple) -> str:
    return ", ".join(map(show, nodes))


def braces(nodes: tuple) -> str:
    return "{" + "; ".join(map(show, nodes)) + "}"
