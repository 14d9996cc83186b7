using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Check;

/// <summary>改写学生的程序（在内存里）：会失败的调用先问 <c>Judge</c> 该不该失败，等待、数次数换成 <c>Judge</c> 的。</summary>
internal sealed class Shim(SemanticModel model) : CSharpSyntaxRewriter
{
    private static readonly HashSet<string> Failing = ["shm_open", "ftruncate", "mmap", "memfd_create", "open", "openat", "sem_open", "posix_fallocate", "pwrite", "flock", "munmap", "close", "waitpid"];
    private static readonly HashSet<string> Own = ["Posix.Libc.mmap", "Posix.Libc.spawn_self", "Posix.Libc.waitpid", "System.Threading.Thread.Sleep", "System.Threading.Thread.Yield", "System.Threading.SpinWait.SpinUntil", "System.Linq.Enumerable.Range", "System.IO.File.Move"];

    public static Compilation Apply(Compilation compilation)
    {
        using Stream inside = typeof(Shim).Assembly.GetManifestResourceStream("Judge.cs")!;
        SyntaxTree own = compilation.SyntaxTrees.First(), judge = CSharpSyntaxTree.ParseText(SourceText.From(inside, Encoding.UTF8), (CSharpParseOptions)own.Options, "Judge.cs");

        // 学生的 LibraryImport 已经由生成器补上，在另外的语法树里，不动。
        SyntaxNode changed = new Shim(compilation.GetSemanticModel(own)).Visit(own.GetRoot())!;
        return compilation.ReplaceSyntaxTree(own, own.WithRootAndOptions(changed, own.Options)).AddSyntaxTrees(judge);
    }

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        InvocationExpressionSyntax visited = Rewriter.WithCall(model, node, (InvocationExpressionSyntax)base.VisitInvocationExpression(node)!);
        if (model.GetSymbolInfo(node).Symbol is not IMethodSymbol method) return visited;
        if ($"{method.ContainingNamespace}".StartsWith("System.IO", StringComparison.Ordinal) && method.Name is "SetLength" or "WriteAllBytes" or "CreateFromFile" && visited.ArgumentList.Arguments is [{ Expression: var given }, ..]) return visited.ReplaceNode(given, Parse($"Judge.Throws(\"{method.Name}\", {given})", given));
        if (method.Name is "Write" or "WriteLine" or "WriteInt32" or "WriteInt64" or "Exchange" && node.ArgumentList.Arguments is [.., { RefKindKeyword.RawKind: 0, Expression: var value }] && ReadsMemory(value))
        {
            ExpressionSyntax last = visited.ArgumentList.Arguments[^1].Expression;
            return visited.ReplaceNode(last, Parse($"Judge.Before({last})", last));
        }

        string name = $"{method.ContainingType}.{method.Name}";
        bool isLibc = name == $"Posix.Libc.{method.Name}";
        if (name == "System.Threading.SpinWait.SpinOnce") return Parse("Judge.Yield()", node);
        if (name == "System.Threading.PeriodicTimer.WaitForNextTickAsync" && visited.Expression is MemberAccessExpressionSyntax { Expression: var timer }) return Parse($"Judge.Tick({timer})", node);
        ExpressionSyntax? first = node.ArgumentList.Arguments.FirstOrDefault()?.Expression;
        if (name == "System.Threading.Interlocked.Increment" && Step(first!) is { } step) return Parse($"System.Threading.Interlocked.Add(ref {first}, {step})", node);
        if (Own.Contains(name) && (method.Name != "SpinUntil" || method.Parameters.Length == 1)) return visited.WithExpression(Parse($"Judge.{method.Name}", node.Expression));
        string called = method.GetAttributes().SelectMany(a => a.NamedArguments).FirstOrDefault(named => named.Key == "EntryPoint").Value.Value as string ?? method.Name;
        bool isCall = isLibc || method.IsExtern || method.GetAttributes().Any(a => a.AttributeClass?.Name == "LibraryImportAttribute");
        string returned = Name(method.ReturnType);
        if (isCall && !method.ReturnsVoid && called is "usleep" or "sleep" or "nanosleep" or "clock_nanosleep") return Parse($"Judge.Value(Judge.Sleeps() ? ({returned})0 : {visited.WithoutTrivia()})", node);
        if (isCall && !isLibc && called is "sem_timedwait" or "sem_clockwait" && method.ReturnType.SpecialType == SpecialType.System_Int32 && model.GetTypeInfo(first!).Type is IPointerTypeSymbol or { SpecialType: SpecialType.System_IntPtr }) return Parse($"Judge.Value(Judge.Sleeps() ? Judge.Timed((nint)({first})) : {visited.WithoutTrivia()})", node);
        if (!isCall || !Failing.Contains(called) || method.Parameters.Any(p => p.RefKind != RefKind.None)) return visited;
        if (method.ReturnType is not { TypeKind: TypeKind.Enum } and not { SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_IntPtr } && returned is not "void*" and not "global::Posix.Libc.sem_t*") return visited;
        string failed = method.ReturnType.TypeKind == TypeKind.Enum || called == "posix_fallocate" ? "Judge.Error" : called == "sem_open" ? "0" : "(-1)";
        // 写成一个调用：单独成一条语句、在 lambda 里，都行。
        return Parse($"Judge.Value(Judge.Fails(\"{called}\") ? ({returned}){failed} : {visited.WithoutTrivia()})", node);
    }

    public override SyntaxNode? VisitAssignmentExpression(AssignmentExpressionSyntax node)
    {
        var visited = (AssignmentExpressionSyntax)base.VisitAssignmentExpression(node)!;
        string? step = Step(node.Left);
        if (step != null && node.OperatorToken.Text is "+=" or "-=") return visited.WithRight(Parse($"({visited.Right}) * {step}", visited.Right));
        if (step != null && visited.Right is BinaryExpressionSyntax { OperatorToken.Text: "+" or "-" } sum && $"{sum.Left}" == $"{node.Left}") return visited.WithRight(sum.WithRight(Parse($"({sum.Right}) * {step}", sum.Right)));
        return node.IsKind(SyntaxKind.SimpleAssignmentExpression) && node.Left is ElementAccessExpressionSyntax or PrefixUnaryExpressionSyntax or MemberAccessExpressionSyntax && ReadsMemory(node.Right)
            ? visited.WithRight(Parse($"Judge.Before<{Name(model.GetTypeInfo(node.Left).Type!)}>({visited.Right})", visited.Right)) : visited;
    }

    // 自己数着的，与一个数比相不相等：数得快，会跳过去。
    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        var visited = (BinaryExpressionSyntax)base.VisitBinaryExpression(node)!;
        ExpressionSyntax counter = node.Left is PrefixUnaryExpressionSyntax before ? before.Operand : node.Left is PostfixUnaryExpressionSyntax after ? after.Operand : node.Left;
        bool isNumber = model.GetTypeInfo(node.Right).Type is { SpecialType: >= SpecialType.System_SByte and <= SpecialType.System_Double } && !model.GetConstantValue(node).HasValue;
        if (node.OperatorToken.Text is not ("==" or "!=") || Step(counter) == null || !isNumber || ReadsMemory(node.Right)) return visited;
        return Parse($"{(node.OperatorToken.Text == "!=" ? "!" : "")}Judge.Reached(unchecked((long)({visited.Left})), unchecked((long)({visited.Right})))", node);
    }

    // x++、--x：自己数着的，加几由 Judge 说。
    public override SyntaxNode? Visit(SyntaxNode? node)
    {
        if (node is null or { Parent: LambdaExpressionSyntax or ArrowExpressionClauseSyntax } || Rewriter.Stepped(node) is not var (sign, operand)) return base.Visit(node);
        if (Step(operand) is not { } step) return base.Visit(node);
        string added = $"{operand} {sign}= {step}";
        if (node.Parent is ExpressionStatementSyntax or ForStatementSyntax) return Parse(added, node);
        return Parse(node is PrefixUnaryExpressionSyntax ? $"({added})" : $"(({added}) {(sign == '+' ? '-' : '+')} {step.Replace("Step", "Last")})", node);
    }

    // 自己数着的，加一加几；不是整数、在内存里的为 null。
    private string? Step(ExpressionSyntax counter) => counter is IdentifierNameSyntax or MemberAccessExpressionSyntax && !ReadsMemory(counter)
        && model.GetTypeInfo(counter).Type is { SpecialType: >= SpecialType.System_Int32 and <= SpecialType.System_UInt64 } type ? $"({type})Judge.Step" : null;

    // 算这个值可能要读内存：有调用，或者经过指针、数组之外的下标。
    private bool ReadsMemory(ExpressionSyntax value) => model.GetTypeInfo(value).Type is { IsRefLikeType: false } and not IPointerTypeSymbol
        && value.DescendantNodesAndSelf().Any(n => n is InvocationExpressionSyntax || (n is ElementAccessExpressionSyntax one && model.GetTypeInfo(one.Expression).Type is not IArrayTypeSymbol) || n.IsKind(SyntaxKind.PointerIndirectionExpression) || n.IsKind(SyntaxKind.PointerMemberAccessExpression));

    private static string Name(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
    private static ExpressionSyntax Parse(string text, SyntaxNode like) => SyntaxFactory.ParseExpression(text).WithTriviaFrom(like);
}
