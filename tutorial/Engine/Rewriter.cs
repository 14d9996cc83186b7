using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine;

/// <summary>一个可以停的地方：源文件里的一条语句，或一条语句的一半。</summary>
/// <param name="File">第几个源文件，从 0 起。</param>
/// <param name="Line">第一行，从 1 起。</param>
/// <param name="EndLine">最后一行。</param>
/// <param name="Part">空，或「读」「存」：往共享的内存里加一个数是先读后存两步。</param>
/// <param name="Touches">这一步碰到什么。</param>
internal sealed record Site(int File, int Line, int EndLine, string Part, Footprint Touches);

/// <summary>改写：在每条语句之前加一个停的地方，把此刻有值的局部变量带上。源文件本身不动，改的是内存里的语法树。</summary>
/// <param name="model">语义模型。</param>
/// <param name="file">第几个源文件。</param>
/// <param name="sites">停的地方，编号就是下标。</param>
/// <param name="constants">在舞台上换成别的值的常量，例如把十万次换成两次。</param>
/// <param name="footprints">看一条语句碰到什么。</param>
internal sealed class Rewriter(SemanticModel model, int file, List<Site> sites, IReadOnlyDictionary<string, string> constants, Footprints footprints) : CSharpSyntaxRewriter
{
    private int _counter;

    public override SyntaxNode? VisitCompilationUnit(CompilationUnitSyntax node)
    {
        if (!node.Members.Any(m => m is GlobalStatementSyntax)) return base.VisitCompilationUnit(node);
        var members = new List<MemberDeclarationSyntax> { Enter("（顶层语句）") }.Concat(node.Members.SelectMany<MemberDeclarationSyntax, MemberDeclarationSyntax>(member =>
            member is GlobalStatementSyntax top
                ? WithStop(top.Statement).Select(SyntaxFactory.GlobalStatement)
                : [(MemberDeclarationSyntax)Visit(member)!]));
        return node.WithMembers([.. members]);

        GlobalStatementSyntax Enter(string name) => SyntaxFactory.GlobalStatement(EnterStatement(name));
    }

    public override SyntaxNode? VisitBlock(BlockSyntax node)
    {
        IEnumerable<StatementSyntax> statements = node.Statements.SelectMany(WithStop);
        string? function = node.Parent switch
        {
            MethodDeclarationSyntax method => method.Identifier.Text,
            LocalFunctionStatementSyntax local => local.Identifier.Text,
            ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
            AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
            AnonymousFunctionExpressionSyntax => "（lambda）",
            _ => null,
        };
        return node.WithStatements([.. function == null ? statements : statements.Prepend(EnterStatement(function))]);
    }

    public override SyntaxNode? VisitSwitchSection(SwitchSectionSyntax node) => node.WithStatements([.. node.Statements.SelectMany(WithStop)]);

    // `=> 表达式` 里若有调用，也要停得住：换成一个块。
    public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node) =>
        node.ExpressionBody is { } body && IsWorthAStop(body.Expression)
            ? ((MethodDeclarationSyntax)base.VisitMethodDeclaration(node.WithExpressionBody(null).WithSemicolonToken(default).WithBody(null))!)
                .WithBody(Expanded(node.Identifier.Text, body.Expression, model.GetDeclaredSymbol(node)))
            : base.VisitMethodDeclaration(node);

    public override SyntaxNode? VisitLocalFunctionStatement(LocalFunctionStatementSyntax node) =>
        node.ExpressionBody is { } body && IsWorthAStop(body.Expression)
            ? node.WithExpressionBody(null).WithSemicolonToken(default).WithBody(Expanded(node.Identifier.Text, body.Expression, model.GetDeclaredSymbol(node) as IMethodSymbol))
            : base.VisitLocalFunctionStatement(node);

    public override SyntaxNode? VisitIfStatement(IfStatementSyntax node)
    {
        // else if 是同一条语句的下文，不另停。
        ElseClauseSyntax? otherwise = node.Else?.WithStatement(node.Else.Statement is IfStatementSyntax next ? (StatementSyntax)Visit(next)! : Embedded(node.Else.Statement));
        return node.Update(node.AttributeLists, node.IfKeyword, node.OpenParenToken, Expression(node.Condition), node.CloseParenToken, Embedded(node.Statement), otherwise);
    }

    public override SyntaxNode? VisitWhileStatement(WhileStatementSyntax node) => node.WithCondition(Expression(node.Condition)).WithStatement(LoopBody(node, node.Statement, node.Condition));

    public override SyntaxNode? VisitDoStatement(DoStatementSyntax node) => node.WithCondition(Expression(node.Condition)).WithStatement(LoopBody(node, node.Statement, node.Condition));

    public override SyntaxNode? VisitForStatement(ForStatementSyntax node) =>
        node.WithDeclaration((VariableDeclarationSyntax?)Visit(node.Declaration)).WithStatement(LoopBody(node, node.Statement, node.Condition));

    public override SyntaxNode? VisitForEachStatement(ForEachStatementSyntax node) => node.WithExpression(Expression(node.Expression)).WithStatement(Embedded(node.Statement));

    public override SyntaxNode? VisitUsingStatement(UsingStatementSyntax node) => node.WithStatement(Embedded(node.Statement));

    public override SyntaxNode? VisitLockStatement(LockStatementSyntax node) => node.WithStatement(Embedded(node.Statement));

    public override SyntaxNode? VisitFixedStatement(FixedStatementSyntax node) => node.WithStatement(Embedded(node.Statement));

    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) =>
        node.Name.Identifier.Text == "Shared" && model.GetSymbolInfo(node).Symbol is IPropertySymbol { ContainingType: { Name: "Random", ContainingNamespace.Name: "System" } }
            ? SyntaxFactory.ParseExpression("global::StageStop.Random").WithTriviaFrom(node)
            : base.VisitMemberAccessExpression(node);

    public override SyntaxNode? VisitVariableDeclarator(VariableDeclaratorSyntax node) =>
        constants.TryGetValue(node.Identifier.Text, out string? value) && model.GetDeclaredSymbol(node) is IFieldSymbol { IsConst: true } or ILocalSymbol { IsConst: true }
            ? node.WithInitializer(SyntaxFactory.EqualsValueClause(SyntaxFactory.ParseExpression(value!)))
            : base.VisitVariableDeclarator(node);

    private IEnumerable<StatementSyntax> WithStop(StatementSyntax node)
    {
        if (ReadModifyWrite(node) is { } halves) return halves;
        var visited = (StatementSyntax)Visit(node)!;
        return Stops(node) ? [Stop(node), visited] : [visited];
    }

    private bool Stops(StatementSyntax node) => node switch
    {
        BlockSyntax or LocalFunctionStatementSyntax or EmptyStatementSyntax or BreakStatementSyntax or ContinueStatementSyntax or TryStatementSyntax
            or UnsafeStatementSyntax or CheckedStatementSyntax or LabeledStatementSyntax or DoStatementSyntax => false,
        LocalDeclarationStatementSyntax declaration => !declaration.IsConst && declaration.Declaration.Variables.Any(v => v.Initializer != null),

        // 只看局部变量就能定的条件，不单独停：停在它里面的语句上。
        IfStatementSyntax branch => IsWorthAStop(branch.Condition),
        WhileStatementSyntax loop => IsWorthAStop(loop.Condition),
        ForStatementSyntax loop => loop.Condition != null && IsWorthAStop(loop.Condition),
        ReturnStatementSyntax back => back.Expression != null && IsWorthAStop(back.Expression),
        _ => true,
    };

    // 有调用，或经指针碰了内存。
    private bool IsWorthAStop(SyntaxNode expression) => expression.DescendantNodesAndSelf().Any(n => n is InvocationExpressionSyntax or ObjectCreationExpressionSyntax || IsDereference(n));

    private bool IsDereference(SyntaxNode node) =>
        node.IsKind(SyntaxKind.PointerIndirectionExpression) || node.IsKind(SyntaxKind.PointerMemberAccessExpression)
        || (node is ElementAccessExpressionSyntax element && model.GetTypeInfo(element.Expression).Type is IPointerTypeSymbol);

    private StatementSyntax Embedded(StatementSyntax body) => body is BlockSyntax ? (StatementSyntax)Visit(body)! : SyntaxFactory.Block(WithStop(body));

    // 空的循环体里也停：不然一直转下去，谁也走不了。条件里有调用的，再判断一次之前也停。
    private BlockSyntax LoopBody(StatementSyntax loop, StatementSyntax body, ExpressionSyntax? condition)
    {
        var block = (BlockSyntax)(Embedded(body) is BlockSyntax already ? already : throw new InvalidOperationException());
        bool again = block.Statements.All(s => s is EmptyStatementSyntax) || (condition != null && IsWorthAStop(condition));
        return again ? block.AddStatements(Stop(condition ?? (SyntaxNode)loop)) : block;
    }

    private BlockSyntax Expanded(string name, ExpressionSyntax expression, IMethodSymbol? method)
    {
        string text = Expression(expression).ToString();
        StatementSyntax statement = SyntaxFactory.ParseStatement(method is { ReturnsVoid: false } && expression is not ThrowExpressionSyntax ? $"return {text};" : text + ";");
        return SyntaxFactory.Block(EnterStatement(name), Stop(expression), statement);
    }

    private ExpressionSyntax Expression(ExpressionSyntax node) => (ExpressionSyntax)Visit(node)!;

    // shared->X = shared->X + 1 在机器上是先读、再存，别的进程插得进来：停两次。
    private StatementSyntax[]? ReadModifyWrite(StatementSyntax node)
    {
        if (node is not ExpressionStatementSyntax { Expression: var whole }) return null;
        (ExpressionSyntax target, string value)? parts = whole switch
        {
            AssignmentExpressionSyntax a when a.IsKind(SyntaxKind.SimpleAssignmentExpression) && a.Right.DescendantNodesAndSelf().Any(IsDereference) => (a.Left, a.Right.ToString()),
            AssignmentExpressionSyntax a when !a.IsKind(SyntaxKind.SimpleAssignmentExpression) && a.OperatorToken.Text != "??=" => (a.Left, $"{a.Left} {a.OperatorToken.Text[..^1]} ({a.Right})"),
            PostfixUnaryExpressionSyntax p => (p.Operand, $"{p.Operand} {p.OperatorToken.Text[0]} 1"),
            PrefixUnaryExpressionSyntax { OperatorToken.Text: "++" or "--" } p => (p.Operand, $"{p.Operand} {p.OperatorToken.Text[0]} 1"),
            _ => null,
        };
        if (parts is not var (target, value) || !target.DescendantNodesAndSelf().Any(IsDereference) || whole.DescendantNodes().Any(n => n is InvocationExpressionSyntax)) return null;
        string type = model.GetTypeInfo(target).Type!.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        string temporary = string.Create(CultureInfo.InvariantCulture, $"__value{_counter++}");
        return
        [
            Stop(node, "读"),
            SyntaxFactory.ParseStatement($"var {temporary} = unchecked(({type})({value})); "),
            Stop(node, "存", $", \"（算好了，还没有存）\", {temporary}"),
            SyntaxFactory.ParseStatement($"{target} = {temporary}; "),
        ];
    }

    private StatementSyntax EnterStatement(string name) =>
        SyntaxFactory.ParseStatement(string.Create(CultureInfo.InvariantCulture, $"using var __frame{_counter++} = global::StageStop.Enter(\"{name}\"); "));

    private StatementSyntax Stop(SyntaxNode node, string part = "", string more = "")
    {
        // 一条语句若带着块（循环、using），要走的只是它的头一行。
        FileLinePositionSpan span = model.SyntaxTree.GetLineSpan(Head(node));
        sites.Add(new Site(file, span.StartLinePosition.Line + 1, span.EndLinePosition.Line + 1, part, footprints.Of(node)));
        return SyntaxFactory.ParseStatement(string.Create(CultureInfo.InvariantCulture, $"if (global::StageStop.IsOn) global::StageStop.At({sites.Count - 1}{Locals(node)}{more}); "));
    }

    private static Microsoft.CodeAnalysis.Text.TextSpan Head(SyntaxNode node)
    {
        SyntaxNode? body = node switch
        {
            IfStatementSyntax s => s.Statement,
            WhileStatementSyntax s => s.Statement,
            ForStatementSyntax s => s.Statement,
            ForEachStatementSyntax s => s.Statement,
            UsingStatementSyntax s => s.Statement,
            LockStatementSyntax s => s.Statement,
            FixedStatementSyntax s => s.Statement,
            _ => null,
        };
        return body == null ? node.Span : Microsoft.CodeAnalysis.Text.TextSpan.FromBounds(node.SpanStart, body.GetFirstToken().GetPreviousToken().Span.End);
    }

    // 此刻一定有值的、在这个函数里声明的变量。结构只列这个函数提到过的成员，例如 st.st_size。
    private string Locals(SyntaxNode node)
    {
        DataFlowAnalysis? flow = node is StatementSyntax statement ? model.AnalyzeDataFlow(statement) : model.AnalyzeDataFlow((ExpressionSyntax)node);
        if (flow is not { Succeeded: true }) return "";
        ISymbol? function = model.GetEnclosingSymbol(node.SpanStart);
        SyntaxNode scope = node.AncestorsAndSelf().First(n => n is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax or AccessorDeclarationSyntax or CompilationUnitSyntax);
        var text = new System.Text.StringBuilder();
        foreach (ISymbol symbol in flow.DefinitelyAssignedOnEntry.Where(s => SymbolEqualityComparer.Default.Equals(s.ContainingSymbol, function)))
        {
            if (!model.LookupSymbols(node.SpanStart, name: symbol.Name).Contains(symbol, SymbolEqualityComparer.Default)) continue;
            ITypeSymbol? type = symbol switch
            {
                ILocalSymbol { IsConst: false } local => local.Type,
                IParameterSymbol { IsThis: false } parameter => parameter.Type,
                _ => null,
            };
            foreach ((string name, string value) in Shown(symbol.Name, type, scope)) text.Append(", \"").Append(name).Append("\", ").Append(value);
        }

        return text.ToString();
    }

    private IEnumerable<(string, string)> Shown(string name, ITypeSymbol? type, SyntaxNode scope) => type switch
    {
        null => [],
        IPointerTypeSymbol => [(name, $"global::StageStop.Pointer({name})")],
        IArrayTypeSymbol { ElementType: IPointerTypeSymbol } => [],
        IArrayTypeSymbol => [(name, name)],
        { SpecialType: not SpecialType.None and not SpecialType.System_Object } or { TypeKind: TypeKind.Enum } => [(name, name)],
        { IsRefLikeType: true, Name: "Span" or "ReadOnlySpan" } => [(name + ".Length", name + ".Length")],
        { IsValueType: true } => scope.DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            .Where(m => m.Expression is IdentifierNameSyntax id && id.Identifier.Text == name && IsPlain(model.GetTypeInfo(m).Type) && model.GetSymbolInfo(m).Symbol is IFieldSymbol or IPropertySymbol)
            .Select(m => m.ToString()).Distinct().Select(member => (member, member)),
        _ => [],
    };

    private static bool IsPlain(ITypeSymbol? type) => type is { SpecialType: not SpecialType.None and not SpecialType.System_Object } or { TypeKind: TypeKind.Enum };
}
