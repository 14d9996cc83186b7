using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Check;

/// <summary>改写学生的程序（在内存里）：会失败的调用先问 <c>Judge</c> 该不该失败，看钟的换成 <c>Judge</c> 的钟。</summary>
internal sealed class Shim(SemanticModel model) : CSharpSyntaxRewriter
{
    private static readonly HashSet<string> Failing = ["shm_open", "ftruncate", "mmap", "memfd_create", "open", "sem_open", "posix_fallocate", "pwrite", "flock"];

    /// <summary>改写整个程序，连同 <c>Judge</c>。</summary>
    public static Compilation Apply(Compilation compilation)
    {
        using Stream inside = typeof(Shim).Assembly.GetManifestResourceStream("Judge.cs")!;
        SyntaxTree own = compilation.SyntaxTrees.First(), judge = CSharpSyntaxTree.ParseText(SourceText.From(inside, Encoding.UTF8), (CSharpParseOptions)own.Options, "Judge.cs");

        // 学生的 LibraryImport 已经由生成器补上，在另外的语法树里，不动。
        SyntaxNode changed = new Shim(compilation.GetSemanticModel(own)).Visit(own.GetRoot());
        return compilation.ReplaceSyntaxTree(own, own.WithRootAndOptions(changed, own.Options)).AddSyntaxTrees(judge);
    }

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        var visited = (InvocationExpressionSyntax)base.VisitInvocationExpression(node)!;
        if (model.GetSymbolInfo(node).Symbol is not IMethodSymbol method) return visited;
        if (method.Name is "Write" or "WriteInt32" or "WriteInt64" or "Exchange" && node.ArgumentList.Arguments is [.., { Expression: var value }] && ReadsMemory(value))
        {
            ArgumentSyntax last = visited.ArgumentList.Arguments[^1];
            return visited.ReplaceNode(last, last.WithExpression(Parse($"global::Judge.Before({last.Expression})", last.Expression)));
        }

        bool isLibc = method.ContainingType?.ToString() == "Posix.Libc";
        if (isLibc && method.Name == "Must" && visited != node && !node.ArgumentList.Arguments.Any(a => a.NameColon?.Name.Identifier.Text == "call"))
        {
            // 报错的那一行照样要有调用的原文。
            return visited.AddArgumentListArguments(SyntaxFactory.Argument(SyntaxFactory.NameColon("call"), default,
                SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(node.ArgumentList.Arguments[0].Expression.ToString()))));
        }

        if (isLibc && method.Name is "spawn_self" or "sem_clockwait") return visited.WithExpression(Parse($"global::Judge.{method.Name}", node.Expression));
        if (method is { ContainingType: { Name: "Thread", ContainingNamespace.Name: "Threading" }, Name: "Sleep" }) return visited.WithExpression(Parse("global::Judge.Sleep", node.Expression));
        if (Clock(method.ContainingType, method.Name)) return Parse($"({visited}{Added(method.Name)})", node);
        if ((!isLibc && !method.IsExtern && !method.GetAttributes().Any(a => a.AttributeClass?.Name == "LibraryImportAttribute")) || !Failing.Contains(method.Name) || method.Parameters.Any(p => p.RefKind != RefKind.None)) return visited;
        string type = method.ReturnType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        if (method.ReturnType is IPointerTypeSymbol && type is not "void*" and not "global::Posix.Libc.sem_t*") return visited;
        string failed = method.ReturnType.TypeKind == TypeKind.Enum ? $"({type})global::Judge.Error" : method.Name == "sem_open" ? $"({type})0" : $"({type})(-1)";

        // 写成一个调用：单独成一条语句、在 lambda 里，都行。
        return Parse($"global::Judge.Value(global::Judge.Fails(\"{method.Name}\") ? {failed} : {visited.WithoutTrivia()})", node);
    }

    public override SyntaxNode? VisitAssignmentExpression(AssignmentExpressionSyntax node)
    {
        var visited = (AssignmentExpressionSyntax)base.VisitAssignmentExpression(node)!;
        if (!node.IsKind(SyntaxKind.SimpleAssignmentExpression)) return Split(node, node.Left, $"{visited.Left} {node.OperatorToken.Text[..^1]} ({visited.Right})") ?? visited;
        return node.Left is ElementAccessExpressionSyntax or PrefixUnaryExpressionSyntax or MemberAccessExpressionSyntax && ReadsMemory(node.Right)
            ? visited.WithRight(Parse($"global::Judge.Before({visited.Right})", visited.Right)) : visited;
    }

    public override SyntaxNode? VisitPostfixUnaryExpression(PostfixUnaryExpressionSyntax node) =>
        Split(node, node.Operand, $"{node.Operand} {node.OperatorToken.Text[..1]} 1") ?? base.VisitPostfixUnaryExpression(node);

    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node) =>
        node.OperatorToken.Text is "++" or "--" ? Split(node, node.Operand, $"{node.Operand} {node.OperatorToken.Text[..1]} 1") ?? base.VisitPrefixUnaryExpression(node) : base.VisitPrefixUnaryExpression(node);

    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node) =>
        base.VisitMemberAccessExpression(node) is MemberAccessExpressionSyntax visited && model.GetSymbolInfo(node).Symbol is IPropertySymbol property && Clock(property.ContainingType, property.Name)
            ? Parse($"({visited.WithoutTrivia()}{Added(property.Name)})", node)
            : base.VisitMemberAccessExpression(node);

    // 内存里的一个数单独加一、加上几：读和写之间也停。
    private ExpressionSyntax? Split(ExpressionSyntax node, ExpressionSyntax target, string value) =>
        node.Parent is ExpressionStatementSyntax && ReadsMemory(target) && model.GetTypeInfo(target).Type is { TypeKind: not TypeKind.Delegate } type
            ? Parse($"{target} = ({type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)})global::Judge.Before({value})", node) : null;

    // 算这个值可能要读内存：有调用，或者经过指针、下标。
    private bool ReadsMemory(ExpressionSyntax value) => model.GetTypeInfo(value).Type is not null and not IPointerTypeSymbol
        && value.DescendantNodesAndSelf().Any(n => n is InvocationExpressionSyntax or ElementAccessExpressionSyntax || n.IsKind(SyntaxKind.PointerIndirectionExpression) || n.IsKind(SyntaxKind.PointerMemberAccessExpression));

    private static bool Clock(INamedTypeSymbol? type, string name) => (type?.Name, name) is ("Stopwatch", "Elapsed" or "ElapsedMilliseconds" or "ElapsedTicks" or "GetTimestamp")
        or ("DateTime" or "DateTimeOffset", "Now" or "UtcNow") or ("Environment", "TickCount" or "TickCount64");

    private static string Added(string name) => name switch
    {
        "ElapsedMilliseconds" or "TickCount64" => " + (long)global::Judge.Late().TotalMilliseconds",
        "TickCount" => " + (int)global::Judge.Late().TotalMilliseconds",
        "ElapsedTicks" or "GetTimestamp" => " + (long)(global::Judge.Late().TotalSeconds * global::System.Diagnostics.Stopwatch.Frequency)",
        _ => " + global::Judge.Late()",
    };

    private static ExpressionSyntax Parse(string text, SyntaxNode like) => SyntaxFactory.ParseExpression(text).WithTriviaFrom(like);
}
