using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Engine;

/// <summary>一个可以停的地方：源文件里的一条语句，或一条语句的一半。</summary>
/// <param name="File">第几个源文件，从 0 起。</param>
/// <param name="Line">第一行，从 1 起。</param>
/// <param name="Part">空，或「读」「存」：往共享的内存里加一个数是先读后存两步。</param>
/// <param name="Returns">这一步可能离开所在的函数。</param>
/// <param name="Hides">从哪种东西里读来、放到看不到的地方；什么也没有放为 null，见 <see cref="Hiding"/>。</param>
/// <param name="Holds">做到一半的时候拿着的，是从哪种东西里得到的；不拿着什么为 null，见 <see cref="Footprints.Holds"/>。</param>
/// <param name="IsFirst">所在的函数里的头一处。</param>
/// <param name="Place">在源文件的哪里，走到它之后最早还能回到哪里，见 <see cref="Footprints.Place"/>。</param>
internal sealed record Site(int File, int Line, int EndLine, string Part, Footprint Touches, Things? Hides, Things? Holds, bool Returns, bool IsFirst, (int Start, int From) Place);

/// <summary>改写：在每条语句之前加一个停的地方，把此刻有值的局部变量带上。源文件本身不动，改的是内存里的语法树。</summary>
/// <param name="sites">停的地方，编号就是下标。</param>
/// <param name="constants">在舞台上换成别的值的常量，例如把十万次换成两次。</param>
/// <param name="watched">结束之前要不要再停一次。</param>
/// <param name="isQuick">给检查器走的：只碰自己的变量的循环，里面不停。</param>
internal sealed class Rewriter(SemanticModel model, int file, List<Site> sites, IReadOnlyDictionary<string, string> constants, Footprints footprints, Watched watched, bool isQuick) : CSharpSyntaxRewriter
{
    private readonly Dictionary<SyntaxNode, string> _done = [];

    // 一条语句里已经读出来、还没有用的：也是状态。
    private readonly List<string> _read = [];
    private readonly HashSet<SyntaxNode> _entered = [];
    private readonly Hiding _hiding = new(model, footprints);
    private int _counter;

    // 循环、if、using 之类的语句体，不论有没有花括号，里面都停。else if 是同一条语句的下文，不另停。
    // 已经提到前面去做的，在原来的地方换成它的值。
    public override SyntaxNode? Visit(SyntaxNode? node) => node is StatementSyntax body && IsEmbedded(body) ? Embedded(body)
        : node != null && _done.TryGetValue(node, out string? value) ? SyntaxFactory.ParseExpression(value) : Initialized(base.Visit(node));

    // 静态变量的初值在第一次用到的时候才算：算过没有，也是状态。
    private SyntaxNode? Initialized(SyntaxNode? visited) => visited is not TypeDeclarationSyntax { TypeParameterList: null } type || type is InterfaceDeclarationSyntax || !Footprints.HasStatics(type) ? visited
        : type.WithMembers(type.Members.Add(SyntaxFactory.ParseMemberDeclaration($"private static readonly bool __statics{file}_{_counter++} = global::Staged.StageStop.Initializes(typeof({type.Identifier.Text})); ")!));

    public override SyntaxNode? VisitCompilationUnit(CompilationUnitSyntax node)
    {
        if (!node.Members.Any(m => m is GlobalStatementSyntax)) return base.VisitCompilationUnit(node);
        IEnumerable<StatementSyntax> statements = Sequence([.. node.Members.OfType<GlobalStatementSyntax>().Select(top => top.Statement)]);
        IEnumerable<MemberDeclarationSyntax> others = node.Members.Where(member => member is not GlobalStatementSyntax).Select(member => (MemberDeclarationSyntax)Visit(member)!);
        return node.WithMembers([SyntaxFactory.GlobalStatement(Enter("（顶层语句）", node)), .. statements.Select(SyntaxFactory.GlobalStatement), .. others]);
    }

    public override SyntaxNode? VisitBlock(BlockSyntax node)
    {
        IEnumerable<StatementSyntax> statements = Sequence([.. node.Statements]);
        string? function = node.Parent switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            LocalFunctionStatementSyntax local => local.Identifier.Text,
            ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
            AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
            AnonymousFunctionExpressionSyntax => "（lambda）",
            _ => null,
        };
        return node.WithStatements([.. function == null ? statements : statements.Prepend(Enter(function, node.Parent!))]);
    }

    public override SyntaxNode? VisitSwitchSection(SwitchSectionSyntax node) => node.WithStatements([.. node.Statements.SelectMany(WithStop)]);

    // `=> 表达式` 里若有调用，也要停得住：换成一个块。
    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node) =>
        Expanded(node.ExpressionBody?.Expression, node.Identifier.Text, node) is { } block ? node.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block) : base.VisitMethodDeclaration(node);

    public override SyntaxNode? VisitLocalFunctionStatement(LocalFunctionStatementSyntax node) =>
        Expanded(node.ExpressionBody?.Expression, node.Identifier.Text, node) is { } block ? node.WithExpressionBody(null).WithSemicolonToken(default).WithBody(block) : base.VisitLocalFunctionStatement(node);

    // 登记给事件的 lambda 也是，例如 ProcessExit 的收尾。
    public override SyntaxNode? VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node) =>
        node.Parent is AssignmentExpressionSyntax { OperatorToken.Text: "+=" } && Expanded(node.ExpressionBody, "（lambda）", node) is { } block ? node.WithExpressionBody(null).WithBody(block) : base.VisitParenthesizedLambdaExpression(node);

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node) => WithCall(model, node, (InvocationExpressionSyntax)base.VisitInvocationExpression(node)!);

    /// <summary>Must 里的调用换过了：失败的时候，报的仍是源文件里的原文。</summary>
    public static InvocationExpressionSyntax WithCall(SemanticModel model, InvocationExpressionSyntax node, InvocationExpressionSyntax visited)
    {
        ArgumentSyntax[] given = [.. node.ArgumentList.Arguments];
        if (visited == node || given.Any(a => a.NameColon?.Name.Identifier.Text == "call") || model.GetSymbolInfo(node).Symbol is not IMethodSymbol { Name: "Must", ContainingType: var type } || type.ToString() != "Posix.Libc") return visited;
        return visited.AddArgumentListArguments(SyntaxFactory.Argument(SyntaxFactory.NameColon("call"), default, SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(given[0].Expression.ToString()))));
    }

    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) => Replaced(node) ?? base.VisitMemberAccessExpression(node);

    public override SyntaxNode? VisitIdentifierName(IdentifierNameSyntax node) => Replaced(node) ?? base.VisitIdentifierName(node);

    // 换成 StageStop 的：随机数的种子固定，钟不是真的；在共享的内存里创建信号量，告诉舞台在哪里，从外面看那只是一些字节。
    private ExpressionSyntax? Replaced(ExpressionSyntax node)
    {
        ISymbol? symbol = model.GetSymbolInfo(node).Symbol;
        string? with = $"{symbol?.ContainingType}.{symbol?.Name}" switch
        {
            "System.Random.Shared" => "Random",
            "System.DateTime.UtcNow" or "System.DateTime.Now" => "Now",
            "System.DateTimeOffset.UtcNow" or "System.DateTimeOffset.Now" => "OffsetNow",
            "System.Environment.TickCount64" or "System.Environment.TickCount" or "System.Environment.Exit"
                or "System.Diagnostics.Stopwatch.Elapsed" or "System.Diagnostics.Stopwatch.ElapsedMilliseconds" or "System.Diagnostics.Stopwatch.ElapsedTicks"
                or "System.Diagnostics.Stopwatch.GetTimestamp" or "System.Diagnostics.Stopwatch.GetElapsedTime"
                or "Posix.Libc.sem_init" or "Posix.Libc.sem_destroy" or "Posix.Libc.clock_gettime" or "Posix.Libc.sem_clockwait" => symbol!.Name,
            _ => null,
        };
        string of = symbol is IPropertySymbol { IsStatic: false } && node is MemberAccessExpressionSyntax member ? $"({Visit(member.Expression)})" : "";
        return with == null ? null : SyntaxFactory.ParseExpression($"StageStop.{with}{of}").WithTriviaFrom(node); // 不写 global::：在 $"{…}" 里，冒号之后是格式
    }

    // 等自己的线程、等 .NET 的锁、等进程、poll，至多等多久，多久就取消：舞台上不等。
    public override SyntaxNode? VisitArgument(ArgumentSyntax node)
    {
        if (node.Parent is not ArgumentListSyntax { Parent: ExpressionSyntax call } list || model.GetSymbolInfo(call).Symbol is not IMethodSymbol method) return base.VisitArgument(node);
        string name = node.NameColon?.Name.Identifier.Text ?? method.Parameters.ElementAtOrDefault(list.Arguments.IndexOf(node))?.Name ?? "";
        bool isLimit = method.ContainingType.ToString() switch
        {
            "System.Diagnostics.Process" => name is "milliseconds" or "timeout",
            _ when method is { Name: "poll", Parameters.Length: 3 } => list.Arguments.IndexOf(node) == 2,
            { } type => type.StartsWith("System.Threading.", StringComparison.Ordinal) && name is "millisecondsTimeout" or "timeout" or "millisecondsDelay" or "delay" or "dueTime",
            null => false,
        };
        return isLimit ? node.WithExpression(SyntaxFactory.ParseExpression($"global::Staged.StageStop.Within({Visit(node.Expression)})")) : base.VisitArgument(node);
    }

    public override SyntaxNode? VisitVariableDeclarator(VariableDeclaratorSyntax node) =>
        constants.TryGetValue(node.Identifier.Text, out string? value) && model.GetDeclaredSymbol(node) is IFieldSymbol { IsConst: true } or ILocalSymbol { IsConst: true }
            ? node.WithInitializer(SyntaxFactory.EqualsValueClause(SyntaxFactory.ParseExpression(value!)))
            : base.VisitVariableDeclarator(node);

    private static bool IsEmbedded(StatementSyntax node) =>
        node.Parent is IfStatementSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or ForEachStatementSyntax or UsingStatementSyntax or LockStatementSyntax or FixedStatementSyntax
        || (node.Parent is ElseClauseSyntax && node is not IfStatementSyntax);

    // 一个块里的各句。using 的对象若攒着没有写出的，清理之前也停：先 post、离开时才写出的，看得出来。
    private StatementSyntax[] Sequence(StatementSyntax[] all)
    {
        int at = Array.FindIndex(all, one => one is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } local && Flushes(local.Declaration));
        static bool IsFree(StatementSyntax one) => one is LocalFunctionStatementSyntax function && function.Modifiers.Any(SyntaxKind.StaticKeyword);
        if (at < 0 || all[(at + 1)..].Any(one => one is LocalFunctionStatementSyntax && !IsFree(one))) return [.. all.SelectMany(WithStop)];
        StatementSyntax[] rest = Sequence([.. all[(at + 1)..].Where(one => !IsFree(one))]);
        return [.. all[..(at + 1)].SelectMany(WithStop), Leaving(all[at], rest), .. all[(at + 1)..].Where(IsFree).SelectMany(WithStop)];
    }

    private bool Flushes(VariableDeclarationSyntax? declared) => declared != null && Hiding.Bases(model.GetTypeInfo(declared.Type).Type).Any(type => type is "System.IO.TextWriter" or "System.IO.BinaryWriter" or "System.IO.Stream");

    private TryStatementSyntax Leaving(StatementSyntax resource, StatementSyntax[] body)
    {
        FileLinePositionSpan span = resource.GetLocation().GetLineSpan();
        int line = (resource is UsingStatementSyntax ? span.EndLinePosition : span.StartLinePosition).Line + 1;
        (int start, int from) = footprints.Place(resource);

        // 在块的末尾：块里的每一句都走得到它。
        int end = (resource.Parent is GlobalStatementSyntax ? resource.Parent.Parent! : resource.Parent!).Span.End;
        sites.Add(new Site(file, line, line, "", Footprint.Everything, null, null, true, false, (Math.Max(start, end), from)));
        StatementSyntax stop = SyntaxFactory.ParseStatement($"if (global::Staged.StageStop.Stops()) global::Staged.StageStop.At({sites.Count - 1}{Locals(resource)}); ");
        return SyntaxFactory.TryStatement(SyntaxFactory.Block(body), default, SyntaxFactory.FinallyClause(SyntaxFactory.Block(stop)));
    }

    private StatementSyntax[] WithStop(StatementSyntax node)
    {
        int before = _read.Count;
        StatementSyntax[] all = ReadModifyWrite(node) ?? Whole();
        _read.RemoveRange(before, _read.Count - before);
        return all;

        StatementSyntax[] Whole()
        {
            var visited = isQuick && IsUnseenLoop(node) ? node : (StatementSyntax)base.Visit(node)!;
            return Stops(node) ? [Stop(node), visited] : [visited];
        }
    }

    // 只碰自己的数和数组的循环，例如一个字节一个字节地填满一个数组：别的进程看不到，也不等谁。
    private bool IsUnseenLoop(StatementSyntax node) => node is ForStatementSyntax { Condition: not null } && node.DescendantNodes().All(IsUnseen)
        && model.AnalyzeDataFlow(node) is { Succeeded: true } flow && !flow.Captured.Any(one => flow.ReadInside.Contains(one) || flow.WrittenInside.Contains(one));

    private bool IsUnseen(SyntaxNode node) => node switch
    {
        StatementSyntax => node is BlockSyntax or ExpressionStatementSyntax or LocalDeclarationStatementSyntax or IfStatementSyntax or ForStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax,
        ElementAccessExpressionSyntax element => model.GetTypeInfo(element.Expression).Type is IArrayTypeSymbol,
        SimpleNameSyntax => model.GetSymbolInfo(node).Symbol switch
        {
            ILocalSymbol local => !local.IsRef && IsNumber(local.Type),
            IParameterSymbol parameter => parameter.RefKind == RefKind.None && IsNumber(parameter.Type),
            IPropertySymbol property => property.ContainingType.SpecialType == SpecialType.System_Array || property.ContainingType.ToString() == "Staged.Judge",
            ITypeSymbol or INamespaceSymbol or IFieldSymbol { IsConst: true } => true,
            _ => false,
        },
        InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or AwaitExpressionSyntax or AnonymousFunctionExpressionSyntax or ThrowExpressionSyntax => false,
        PrefixUnaryExpressionSyntax unary => !unary.IsKind(SyntaxKind.PointerIndirectionExpression) && !unary.IsKind(SyntaxKind.AddressOfExpression),
        _ => true,
    };

    // 运算符不是自己写的。
    private static bool IsNumber(ITypeSymbol type) => Hiding.IsPlain(type is IArrayTypeSymbol array ? array.ElementType : type);

    private bool Stops(StatementSyntax node) => node switch
    {
        BlockSyntax or LocalFunctionStatementSyntax or EmptyStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or TryStatementSyntax
            or UnsafeStatementSyntax or CheckedStatementSyntax or LabeledStatementSyntax or DoStatementSyntax => false,
        LocalDeclarationStatementSyntax declaration => !declaration.IsConst && declaration.Declaration.Variables.Any(v => v.Initializer != null),

        // 只看局部变量就能定的条件，不单独停：停在它里面的语句上。
        IfStatementSyntax or WhileStatementSyntax or ForStatementSyntax or ReturnStatementSyntax => IsWorthAStop(Condition(node)),
        _ => true,
    };

    private static ExpressionSyntax? Condition(SyntaxNode? node) => node switch
    {
        IfStatementSyntax branch => branch.Condition,
        WhileStatementSyntax loop => loop.Condition,
        DoStatementSyntax loop => loop.Condition,
        ForStatementSyntax loop => loop.Condition,
        ReturnStatementSyntax back => back.Expression,
        _ => null,
    };

    // 有调用，或碰了也许共享的内存。
    private bool IsWorthAStop(SyntaxNode? expression) => expression != null && (expression.DescendantNodesAndSelf().Any(n => n is InvocationExpressionSyntax { Expression: not MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Judge" }, Name.Identifier.Text: "Reached" } } or ObjectCreationExpressionSyntax || footprints.MayBeShared(n)) || _hiding.Of(expression) != null);

    private BlockSyntax Embedded(StatementSyntax body)
    {
        BlockSyntax block = body is BlockSyntax already ? (BlockSyntax)VisitBlock(already)! : SyntaxFactory.Block(WithStop(body));
        if (body.Parent is UsingStatementSyntax resource && Flushes(resource.Declaration)) return SyntaxFactory.Block(Leaving(resource, [.. block.Statements]));
        if (body.Parent is not (WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax)) return block;

        // 空的循环体里也停：不然一直转下去，谁也走不了。条件里有调用的，再判断一次之前也停。
        ExpressionSyntax? condition = Condition(body.Parent);
        bool stops = block.Statements.All(s => s is EmptyStatementSyntax) || IsWorthAStop(condition);
        return stops ? block.AddStatements(Stop(condition ?? (SyntaxNode)body.Parent)) : block;
    }

    private BlockSyntax? Expanded(ExpressionSyntax? body, string name, SyntaxNode declaration)
    {
        if (body == null || !IsWorthAStop(body)) return null;
        bool returns = (model.GetDeclaredSymbol(declaration) ?? model.GetSymbolInfo(declaration).Symbol) is IMethodSymbol { ReturnsVoid: false } && body is not ThrowExpressionSyntax;
        var statements = new List<StatementSyntax> { Enter(name, declaration) };
        int before = _read.Count;
        if (!returns && body is AssignmentExpressionSyntax { Left: TupleExpressionSyntax left, Right: TupleExpressionSyntax right } && Each(body, left, right) is { } each)
        {
            statements.AddRange(each);
        }
        else
        {
            while (!_done.ContainsKey(body) && (Parts(body) != null ? body : Inside(body)) is { } step) statements.AddRange(Halves(body, step));
            if (returns || !_done.ContainsKey(body)) statements.AddRange([Stop(body), SyntaxFactory.ParseStatement($"{(returns ? "return " : "")}{Visit(body)};")]);
        }

        _read.RemoveRange(before, _read.Count - before);
        return SyntaxFactory.Block(statements);
    }

    // shared->X = shared->X + 1 在机器上是先读、再存，别的进程插得进来：停两次。夹在一句中间的 shared->X++，先做完它再做那一句。
    private StatementSyntax[]? ReadModifyWrite(StatementSyntax node)
    {
        if (node is ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: TupleExpressionSyntax left, Right: TupleExpressionSyntax right } } && Each(node, left, right) is { } each) return each;
        if (ReadBeforeCall(node) is { } early) return [.. Load(node, early, early), .. WithStop(node)];
        if (node is ExpressionStatementSyntax { Expression: var whole } && Parts(whole) != null) return Halves(node, whole);
        SyntaxNode? once = node is ExpressionStatementSyntax or LocalDeclarationStatementSyntax ? node
            : node is IfStatementSyntax or ReturnStatementSyntax ? Condition(node) : null;
        return once != null && Inside(once) is { } step ? [.. Halves(node, step), .. WithStop(node)] : null;
    }

    private StatementSyntax[] Halves(SyntaxNode node, ExpressionSyntax step)
    {
        if (Parts(step) is not var (target, value)) return Load(node, step, step);
        string temporary = $"__value{_counter++}";
        StatementSyntax[] halves =
        [
            Stop(node, "读"),
            SyntaxFactory.ParseStatement($"var {temporary} = unchecked(({TypeOf(target)})({value})); "),
            Stop(node, "存", $", \"（算好了，还没有存）\", {Boxed(temporary, target)}"),
            SyntaxFactory.ParseStatement(IsVolatileWrite(step) ? $"Volatile.Write(ref {target}, {temporary}); " : $"{target} = {temporary}; "),
        ];
        _done[step] = step is PostfixUnaryExpressionSyntax { OperatorToken.Text: [var sign, ..] } ? $"({temporary} {(sign == '+' ? '-' : '+')} 1)" : temporary;
        if (step.Parent is not ExpressionStatementSyntax) Remember(temporary, target);
        return halves;
    }

    // 停下，再读出来；要有 like 的类型。
    private StatementSyntax[] Load(SyntaxNode node, ExpressionSyntax from, ExpressionSyntax like)
    {
        string temporary = $"__value{_counter++}";
        StatementSyntax[] load = [Stop(node, "读"), SyntaxFactory.ParseStatement($"var {temporary} = ({TypeOf(like)})({Visit(from)}); ")];
        _done[from] = temporary;
        Remember(temporary, like);
        return load;
    }

    private void Remember(string temporary, ExpressionSyntax like) => _read.Add($", \"（读到的 {_read.Count + 1}）\", {Boxed(temporary, like)}");

    // 指针装不进 object；Span 之类的也是，它本身还不是读。
    private string Boxed(string temporary, ExpressionSyntax like) => model.GetTypeInfo(like).Type switch
    {
        IPointerTypeSymbol => $"global::Staged.StageStop.Pointer({temporary})",
        { IsRefLikeType: true } => "null",
        _ => temporary,
    };

    // (a, b) = (x, y)：x、y 先后读，a、b 先后存，每一个之前都停；都不碰共享的内存的为 null。
    private StatementSyntax[]? Each(SyntaxNode node, TupleExpressionSyntax left, TupleExpressionSyntax right)
    {
        if (left.Arguments.Count != right.Arguments.Count || left.Arguments.Any(a => a.Expression is DeclarationExpressionSyntax or TupleExpressionSyntax) || !node.DescendantNodes().Any(footprints.MayBeShared)) return null;
        var pairs = left.Arguments.Zip(right.Arguments, (to, from) => (To: to.Expression, From: from.Expression)).ToArray();
        StatementSyntax[] Store(ExpressionSyntax to, string value) => [Stop(node, "存"), SyntaxFactory.ParseStatement($"{to} = {value}; ")];
        return [.. pairs.SelectMany(p => Load(node, p.From, p.To)), .. pairs.SelectMany(p => Store(p.To, _done[p.From]))];
    }

    private string TypeOf(ExpressionSyntax target) => model.GetTypeInfo(target).Type!.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    // 往哪里存，存什么；不是先读后存的为 null。
    private (ExpressionSyntax Target, string Value)? Parts(SyntaxNode whole)
    {
        (ExpressionSyntax target, string value)? parts = whole switch
        {
            AssignmentExpressionSyntax a when a.IsKind(SyntaxKind.SimpleAssignmentExpression) && a.Right.DescendantNodesAndSelf().Any(footprints.MayBeShared) => (a.Left, $"{Visit(a.Right)}"),
            AssignmentExpressionSyntax a when !a.IsKind(SyntaxKind.SimpleAssignmentExpression) && a.OperatorToken.Text != "??=" && model.GetSymbolInfo(a.Left).Symbol is not IEventSymbol => (a.Left, $"{a.Left} {a.OperatorToken.Text[..^1]} ({Visit(a.Right)})"),
            _ when Stepped(whole) is var (sign, one) => (one, $"{one} {sign} 1"),
            InvocationExpressionSyntax { ArgumentList.Arguments: [{ Expression: var x }, { Expression: var y }] } when IsVolatileWrite(whole) && y.DescendantNodesAndSelf().Any(footprints.MayBeShared) => (x, $"{Visit(y)}"),
            _ => null,
        };
        return parts is var (to, _) && to.DescendantNodesAndSelf().Any(footprints.MayBeShared) ? parts : null;
    }

    /// <summary>x++、--x 之类的：加还是减，加在哪里；别的为 null。</summary>
    public static (char Sign, ExpressionSyntax Operand)? Stepped(SyntaxNode node) => node switch
    {
        PostfixUnaryExpressionSyntax { OperatorToken.Text: "++" or "--" } one => (one.OperatorToken.Text[0], one.Operand),
        PrefixUnaryExpressionSyntax { OperatorToken.Text: "++" or "--" } one => (one.OperatorToken.Text[0], one.Operand),
        _ => null,
    };

    private bool IsVolatileWrite(SyntaxNode node) => node is InvocationExpressionSyntax && model.GetSymbolInfo(node).Symbol is { Name: "Write", ContainingType.Name: "Volatile" };

    // 一句里一定会做的：条件的两边、lambda 里的未必做，不能提前。
    private static IEnumerable<ExpressionSyntax> Certain(SyntaxNode node) =>
        node.DescendantNodesAndSelf(n => n is not (AnonymousFunctionExpressionSyntax or ConditionalExpressionSyntax or ConditionalAccessExpressionSyntax or SwitchExpressionSyntax
            or BinaryExpressionSyntax { OperatorToken.Text: "&&" or "||" or "??" })).OfType<ExpressionSyntax>();

    // 夹在中间的第一个：++、--，和 Interlocked 的参数里的读。
    private ExpressionSyntax? Inside(SyntaxNode node) =>
        Certain(node).FirstOrDefault(n => !_done.ContainsKey(n) && ((Stepped(n) != null && Parts(n) != null) || IsReadForInterlocked(n)));

    // 先读了共享的内存，再调用自己的函数，那里也停：读到的值要记下，不然看不出两个状态不同。它前面还有调用、赋值的，不能提到它们前面。
    private ExpressionSyntax? ReadBeforeCall(StatementSyntax node)
    {
        if (node is not (ExpressionStatementSyntax or LocalDeclarationStatementSyntax or ReturnStatementSyntax)) return null;
        int call = node.DescendantNodes().Where(footprints.IsOwnCall).Select(n => n.SpanStart).DefaultIfEmpty(-1).Max();
        return Certain(node).FirstOrDefault(n => n.Span.End <= call && !_done.ContainsKey(n)
            && n.Parent is BinaryExpressionSyntax { OperatorToken.Text: not ("&&" or "||" or "??") } or ArgumentSyntax { RefKindKeyword.RawKind: 0 } && footprints.MayBeShared(n)
            && !node.DescendantNodes().Any(before => before.Span.End <= n.SpanStart && (before is InvocationExpressionSyntax or AssignmentExpressionSyntax || Stepped(before) != null)));
    }

    private bool IsReadForInterlocked(SyntaxNode node) =>
        node.Parent is ArgumentSyntax { RefKindKeyword.RawKind: 0, Parent.Parent: InvocationExpressionSyntax call } && node.DescendantNodesAndSelf().Any(footprints.MayBeShared)
        && model.GetSymbolInfo(call).Symbol is { ContainingType.Name: "Interlocked" };

    private StatementSyntax Enter(string name, SyntaxNode function)
    {
        bool ends = watched != Watched.Never && footprints.IsMain(function);
        if (ends) sites.Add(Footprints.End(file, function));
        string end = ends ? $", {sites.Count - 1}, {(watched == Watched.WhenLocked ? "true" : "false")}" : "";
        return SyntaxFactory.ParseStatement($"using var __frame{_counter++} = global::Staged.StageStop.Enter(\"{name}\"{end}); ");
    }

    private StatementSyntax Stop(SyntaxNode node, string part = "", string more = "")
    {
        // 一条语句若带着块（循环、using），要走的只是它的头一行。
        SyntaxToken end = node.ChildNodes().OfType<StatementSyntax>().FirstOrDefault()?.GetFirstToken().GetPreviousToken() ?? node.GetLastToken();
        FileLinePositionSpan span = model.SyntaxTree.GetLineSpan(TextSpan.FromBounds(node.SpanStart, end.Span.End));

        // 拆成两半的，存的时候才放；从哪里读来的，读的一半已经看过。
        Things? hides = part == "读" ? null : _hiding.Of(node);
        sites.Add(new Site(file, span.StartLinePosition.Line + 1, span.EndLinePosition.Line + 1, part, footprints.Of(node), part == "" || hides == null ? hides : Things.None, footprints.Holds(node), Footprints.Returns(node), _entered.Add(Footprints.Member(node)), footprints.Place(node)));
        return SyntaxFactory.ParseStatement($"if (global::Staged.StageStop.Stops()) global::Staged.StageStop.At({sites.Count - 1}{Locals(node)}{Errno(node)}{string.Concat(_read)}{more}); ");
    }

    // 自己看 errno 的函数里，它也是状态；由 Must 看的，一句之内就看完了。
    private static string Errno(SyntaxNode node) => Footprints.Member(node).DescendantNodes().OfType<SimpleNameSyntax>().Any(n => n.Identifier.Text is "errno" or "Outcome" or "GetLastPInvokeError" or "GetLastSystemError" or "GetLastWin32Error")
        ? ", \"\", global::System.Runtime.InteropServices.Marshal.GetLastPInvokeError()" : "";

    // 此刻一定有值的、在这个函数里声明的变量。结构只列这个函数提到过的成员，例如 st.st_size。
    private string Locals(SyntaxNode node)
    {
        DataFlowAnalysis? flow = node is StatementSyntax statement ? model.AnalyzeDataFlow(statement) : model.AnalyzeDataFlow((ExpressionSyntax)node);
        if (flow is not { Succeeded: true }) return "";
        ISymbol? function = model.GetEnclosingSymbol(node.SpanStart);
        SyntaxNode scope = node.AncestorsAndSelf().First(n => n is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax);
        return string.Concat(
            from symbol in flow.DefinitelyAssignedOnEntry
            where SymbolEqualityComparer.Default.Equals(symbol.ContainingSymbol, function)
            where symbol is IParameterSymbol { IsThis: true } || model.LookupSymbols(node.SpanStart, name: symbol.Name).Contains(symbol, SymbolEqualityComparer.Default)
            let type = symbol is ILocalSymbol { IsConst: false } local ? local.Type : (symbol as IParameterSymbol)?.Type
            from shown in symbol is ILocalSymbol { IsRef: true } ? Referring(symbol.Name, type) : Shown(symbol.Name, type, scope)
            select $", \"{shown.Label}\", {shown.Value}");
    }

    // ref 的也许指着共享的内存，那里也许已经没有映射：不看里面，只看指着哪里。
    private static IEnumerable<(string Label, string Value)> Referring(string name, ITypeSymbol? type) =>
        type is null or IPointerTypeSymbol or IFunctionPointerTypeSymbol ? [] : [(name, $"global::Staged.StageStop.Reference(in {name})")];

    private IEnumerable<(string Label, string Value)> Shown(string name, ITypeSymbol? type, SyntaxNode scope) => type switch
    {
        null => [],
        { IsReferenceType: true } when name == "this" || type is not (IArrayTypeSymbol or { SpecialType: SpecialType.System_String } or IDynamicTypeSymbol or { TypeKind: TypeKind.Delegate }) => [("", name)],
        IPointerTypeSymbol => [(name, $"global::Staged.StageStop.Pointer({name})")],
        IArrayTypeSymbol { ElementType: IPointerTypeSymbol } => [],
        IArrayTypeSymbol => [(name, name)],
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => [(name, $"global::Staged.StageStop.Address((nint){name})")],
        { SpecialType: SpecialType.System_Int32 } when IsDescriptor(name, scope) => [(name, $"global::Staged.StageStop.Descriptor({name})")],
        _ when Hiding.IsPlain(type) || type is { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } => [(name, name)],
        { IsRefLikeType: true, Name: "Span" or "ReadOnlySpan" } => [(name + ".Length", name + ".Length")],
        { IsValueType: true } => scope.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(m => m.Expression is IdentifierNameSyntax id && id.Identifier.Text == name && Hiding.IsPlain(model.GetTypeInfo(m).Type) && model.GetSymbolInfo(m).Symbol is IFieldSymbol or IPropertySymbol)
            .Select(m => m.ToString()).Distinct().Select(member => (member, member)),
        _ => [],
    };

    // 在这个函数里当作描述符用过：传给一个叫 fd 的参数。
    private bool IsDescriptor(string name, SyntaxNode scope) => scope.DescendantNodes().OfType<ArgumentSyntax>().Any(a =>
        a.Expression is IdentifierNameSyntax id && id.Identifier.Text == name && a.Parent is ArgumentListSyntax { Parent: InvocationExpressionSyntax call } list
        && model.GetSymbolInfo(call).Symbol is IMethodSymbol method && list.Arguments.IndexOf(a) is var at && at < method.Parameters.Length && method.Parameters[at].Name is "fd" or "oldfd" or "newfd");
}
