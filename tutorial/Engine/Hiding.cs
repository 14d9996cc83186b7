using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine;

/// <summary>从源代码看一条语句会不会把什么放到看不到的地方：指针指着的自己的内存，Span，框架的对象里面。</summary>
/// <remarks>
/// 变量、数组、自己的类型的字段，舞台看得到，它们不同，状态就不同。放到看不到的地方的，看不出不同，只好记下放的时候外面是什么样子（见 <see cref="Recorder"/>）。
/// 拿不准的当作看不到：多分几个状态，不会把两个当作一个。
/// </remarks>
internal sealed class Hiding(SemanticModel model, Footprints footprints)
{
    /// <summary>再放一遍同样的，里面又不同了：多一个，少一个，加一。</summary>
    public const Things Counting = (Things)(1 << 20);

    // 看得到里面的对象只看两层，见 StageStop。
    private const int Deepest = 2;

    private readonly SemanticModel _model = model;

    private (bool IsKnown, Things? Kinds) _lambdas;

    private static readonly HashSet<string> Copying = ["memcpy", "read", "pread", "recvmsg"];

    // 什么也不留的：返回值之外没有别的，或者留在打印的、文件里。
    private static readonly HashSet<string> Keepless =
    [
        "System.Console", "System.IO.TextWriter", "System.IO.File", "System.IO.RandomAccess", "System.IO.FileStream", "System.Text.Encoding", "System.Diagnostics.Process", "System.Threading.Thread",
        "Examples.Undo", "Examples.Observation", "Examples.Trust", "DotNetWay.Genuine", "System.Runtime.InteropServices.SafeHandle", "System.Runtime.InteropServices.SafeBuffer",
    ];

    // 取一个少一个、添一个多一个的；问一问的不算。
    private static readonly HashSet<string> Counted = ["Queue", "Stack", "PriorityQueue", "LinkedList", "ConcurrentQueue", "ConcurrentStack", "ConcurrentBag", "BlockingCollection", "IEnumerator", "Enumerator", "Random", "StringBuilder", "StringReader", "BinaryReader", "MemoryStream"];

    private static readonly HashSet<string> Asking = ["Peek", "TryPeek", "Contains", "ToArray", "CopyTo", "ToString", "GetEnumerator"];

    /// <summary>停在这里之后走的一步，放到看不到的地方的，是从哪种东西里读的；None 是没有读什么就放了；什么也没有放为 null。</summary>
    public Things? Of(SyntaxNode node) => Footprints.Heads(node)
        .SelectMany(head => head.DescendantNodesAndSelf(n => n is not AnonymousFunctionExpressionSyntax)).Select(Hidden)
        .Aggregate((Things?)null, Both);

    private Things? Hidden(SyntaxNode node) => node switch
    {
        AssignmentExpressionSyntax to when _model.GetSymbolInfo(to.Left).Symbol is IEventSymbol => null,
        AssignmentExpressionSyntax to => IsSeen(to.Left) || IsCertainlyShared(to.Left) ? null : Source(to.Right) | (to.IsKind(SyntaxKind.SimpleAssignmentExpression) ? Things.None : Counting),
        _ when Rewriter.Stepped(node) is var (_, one) => IsSeen(one) || IsCertainlyShared(one) ? null : Counting,
        VariableDeclaratorSyntax { Initializer.Value: var value } made when _model.GetDeclaredSymbol(made) is ILocalSymbol { IsRef: false } local => IsSeen(local.Type) ? null : Source(value),
        // 头一次问才算，算出来的留在里面。
        MemberAccessExpressionSyntax member when _model.GetSymbolInfo(member).Symbol is IPropertySymbol { Name: "Value", ContainingType.Name: "Lazy" or "ThreadLocal" } => Things.All,
        InvocationExpressionSyntax call when _model.GetSymbolInfo(call).Symbol is IMethodSymbol method && (IsImport(method) || !footprints.IsOwnCall(call)) => Hidden(call, method),
        _ => null,
    };

    private Things? Hidden(InvocationExpressionSyntax call, IMethodSymbol method)
    {
        ExpressionSyntax[] arguments = [.. call.ArgumentList.Arguments.Select(a => a.Expression)];
        bool isOurs = method.ContainingType.ToDisplayString() == "Posix.Libc";
        if (isOurs || IsImport(method))
        {
            // 复制到变量里的看得到。
            bool copies = Copying.Contains(method.Name) || (!isOurs && method.Parameters.Any(p => p.Type is IPointerTypeSymbol));
            int to = method.Name == "memcpy" ? 0 : 1;

            // 自己声明的调用，放到内核里的看不到。
            if (!isOurs && !copies) return arguments.Aggregate(Things.None, (all, one) => all | Source(one)) is var kept and not Things.None ? kept : null;
            return !copies || (arguments.Length > to && (IsAddressOfSeen(arguments[to]) || IsCertainlyShared(arguments[to]))) ? null : method.Name == "memcpy" && arguments.Length > 1 ? Source(arguments[1]) : Source(call);
        }

        if (method.MethodKind == MethodKind.DelegateInvoke) return Lambdas();
        if (method.ContainingType is { Name: "Volatile" or "Interlocked" }) return method.Name == "Read" || arguments is [] || IsSeen(arguments[0]) || IsCertainlyShared(arguments[0]) ? null : Source(call) | (method.Name is "Increment" or "Decrement" or "Add" ? Counting : Things.None);
        if (Bases(method.ContainingType).Any(type => Keepless.Contains(type.Split('<')[0]))) return arguments.Any(IsRoom) ? Source(call) : null;
        if (method.Name is "CopyTo" or "TryCopyTo" && call.Expression is MemberAccessExpressionSyntax { Expression: var from }) return arguments.Length > 0 && IsCertainlyShared(arguments[0]) ? null : Source(from);
        if (method.ContainingType is { Name: "MemoryMarshal" }) return null;
        bool isKept = method.IsStatic || method.ReducedFrom != null ? method.ReturnsVoid || arguments.Any(IsRoom) : !IsSeen(method.ContainingType) || arguments.Any(IsRoom);
        bool counts = Counted.Contains(method.ContainingType.Name) && !Asking.Contains(method.Name);
        return Both(isKept ? arguments.Aggregate(counts ? Counting : Things.None, (all, one) => all | Source(one)) : null, Lambdas());
    }

    /// <summary>程序自己声明的 C 的函数。</summary>
    public static bool IsImport(IMethodSymbol method) => method.GetAttributes().Any(a => a.AttributeClass?.Name is "LibraryImportAttribute" or "DllImportAttribute");

    // 一个表达式的 lambda 里没有停的地方：调用委托的、框架的函数替我们调用的，当作做了每一个。
    private Things? Lambdas()
    {
        if (_lambdas.IsKnown) return _lambdas.Kinds;
        _lambdas = (true, null);
        return (_lambdas = (true, Nodes<AnonymousFunctionExpressionSyntax>("", _ => null).Where(l => l.Node.ExpressionBody != null && footprints.IsOwn(l.Node))
            .Select(l => l.There.Of(l.Node.ExpressionBody!)).Aggregate((Things?)null, Both))).Kinds;
    }

    private static Things? Both(Things? one, Things? other) => one == null ? other : one | (other ?? Things.None);

    // 可以往里写的一块内存。
    private bool IsRoom(ExpressionSyntax argument) => argument.Parent is ArgumentSyntax { RefKindKeyword.RawKind: 0 } && _model.GetTypeInfo(argument).ConvertedType is IPointerTypeSymbol or { Name: "Span" or "Memory" } && !IsAddressOfSeen(argument) && !IsCertainlyShared(argument);

    private bool IsAddressOfSeen(ExpressionSyntax argument) =>
        argument is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.AddressOfExpression, Operand: var variable } && IsSeen(variable);

    // 自己的函数返回的：里面各层看得到什么，都算。
    private Things Source(SyntaxNode from) => from.DescendantNodesAndSelf().Any(footprints.IsOwnCall) ? Things.All : footprints.Inside(from) is var touches ? touches.Reads | touches.Writes : Things.None;

    private bool IsSeen(ExpressionSyntax target, int depth = 0) => target switch
    {
        TupleExpressionSyntax all => all.Arguments.All(one => IsSeen(one.Expression)),
        DeclarationExpressionSyntax { Designation: DiscardDesignationSyntax } => true,
        DeclarationExpressionSyntax declared => _model.GetTypeInfo(declared).Type is { } type && IsSeen(type),
        ElementAccessExpressionSyntax element => _model.GetTypeInfo(element.Expression).Type is IArrayTypeSymbol && IsSeen(element.Expression, depth),
        MemberAccessExpressionSyntax member when member.IsKind(SyntaxKind.SimpleMemberAccessExpression) => depth < Deepest && IsSeen(_model.GetSymbolInfo(member).Symbol)
            && (member.Expression is ThisExpressionSyntax || _model.GetSymbolInfo(member.Expression).Symbol is INamedTypeSymbol || IsSeen(member.Expression, depth + 1)),
        IdentifierNameSyntax => IsSeen(_model.GetSymbolInfo(target).Symbol),
        PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } sure => IsSeen(sure.Operand, depth),
        _ => false,
    };

    private static bool IsSeen(ISymbol? symbol) => symbol switch
    {
        IDiscardSymbol => true,
        ILocalSymbol { IsRef: false } local => IsSeen(local.Type),
        IParameterSymbol { RefKind: RefKind.None or RefKind.Out } parameter => IsSeen(parameter.Type),
        IFieldSymbol { DeclaringSyntaxReferences: [_, ..] } field => IsSeen(field.Type),
        IFieldSymbol field => field.ContainingType.IsValueType && IsPlain(field.Type),
        IPropertySymbol { DeclaringSyntaxReferences: [var reference, ..] } property => reference.GetSyntax() is PropertyDeclarationSyntax { ExpressionBody: null, AccessorList.Accessors: var accessors } && accessors.All(a => a.Body == null && a.ExpressionBody == null) && IsSeen(property.Type),
        _ => false,
    };

    // 与 Rewriter 和 StageStop 显示、比较的一致。
    private static bool IsSeen(ITypeSymbol type, int depth = 0) => type switch
    {
        IPointerTypeSymbol or IFunctionPointerTypeSymbol or { IsRefLikeType: true } or { TypeKind: TypeKind.Delegate } => true,
        { SpecialType: SpecialType.System_IntPtr or SpecialType.System_UIntPtr } => true,
        IArrayTypeSymbol array => array.ElementType is IPointerTypeSymbol ? false : IsSeen(array.ElementType, depth + 1),
        INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var inner] } => IsPlain(inner),
        _ when IsPlain(type) || type is { Name: "Stopwatch" or "Process", ContainingNamespace.Name: "Diagnostics" } => true,
        { IsTupleType: false, DeclaringSyntaxReferences: [_, ..] } => depth <= Deepest && type.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic).All(f => !f.IsFixedSizeBuffer && IsSeen(f.Type, depth + 1)),
        { IsValueType: true } => type.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic).All(f => IsPlain(f.Type)),
        _ => Bases(type).Any(b => b is "System.Exception" or "System.Runtime.InteropServices.SafeHandle" or "System.IO.UnmanagedMemoryAccessor" or "System.IO.MemoryMappedFiles.MemoryMappedFile" or "System.IO.FileStream"),
    };

    // 写进去的是共享的内存，舞台看得到：指针、Span、ref 是从 MAP_SHARED 的映射来的。参数，要看每一处调用给它的。
    private bool IsCertainlyShared(ExpressionSyntax? target, int depth = 0) => depth < 12 && target switch
    {
        ParenthesizedExpressionSyntax inner => IsCertainlyShared(inner.Expression, depth + 1),
        CastExpressionSyntax cast => IsCertainlyShared(cast.Expression, depth + 1),
        RefExpressionSyntax reference => IsCertainlyShared(reference.Expression, depth + 1),
        PrefixUnaryExpressionSyntax { OperatorToken.Text: "*" or "&" } pointer => IsCertainlyShared(pointer.Operand, depth + 1),
        MemberAccessExpressionSyntax member => IsCertainlyShared(member.Expression, depth + 1),
        ElementAccessExpressionSyntax element => IsCertainlyShared(element.Expression, depth + 1),
        BinaryExpressionSyntax { OperatorToken.Text: "+" or "-" } sum => IsCertainlyShared(sum.Left, depth + 1),
        BaseObjectCreationExpressionSyntax { ArgumentList.Arguments: [{ Expression: var start }, ..] } => IsCertainlyShared(start, depth + 1),
        InvocationExpressionSyntax { ArgumentList.Arguments: [var first, ..] all } call => (_model.GetSymbolInfo(call).Symbol?.Name) switch
        {
            "mmap" => all.Count > 3 && all[3].ToString() is var flags && flags.Contains("MAP_SHARED", StringComparison.Ordinal) && !flags.Contains("MAP_ANONYMOUS", StringComparison.Ordinal),
            "Must" => IsCertainlyShared(first.Expression, depth + 1),
            _ => ReturnsCertainlyShared(_model.GetSymbolInfo(call).Symbol, depth),
        },
        ConditionalExpressionSyntax either => IsCertainlyShared(either.WhenTrue, depth + 1) && IsCertainlyShared(either.WhenFalse, depth + 1),
        IdentifierNameSyntax name => IsCertainlyShared(_model.GetSymbolInfo(name).Symbol, depth),
        _ => false,
    };

    private bool IsCertainlyShared(ISymbol? symbol, int depth)
    {
        if (symbol is not (ILocalSymbol or IParameterSymbol or IFieldSymbol) || symbol.DeclaringSyntaxReferences is not [var reference]) return false;
        IEnumerable<(ExpressionSyntax? From, Hiding There)> given = Nodes<AssignmentExpressionSyntax>(symbol.Name, a => a.Left).Where(a => SymbolEqualityComparer.Default.Equals(a.There._model.GetSymbolInfo(a.Node.Left).Symbol, symbol)).Select(a => ((ExpressionSyntax?)a.Node.Right, a.There));
        if (reference.GetSyntax() is VariableDeclaratorSyntax { Initializer.Value: var value }) given = given.Append((value, At(value)));
        if (symbol is IParameterSymbol { ContainingSymbol: IMethodSymbol method, Ordinal: var at })
        {
            var calls = method.MethodKind == MethodKind.Constructor
                ? Nodes<BaseObjectCreationExpressionSyntax>("", _ => null).Select(c => ((ExpressionSyntax)c.Node, c.Node.ArgumentList, c.There))
                : Nodes<InvocationExpressionSyntax>(method.Name, c => c.Expression).Select(c => ((ExpressionSyntax)c.Node, (ArgumentListSyntax?)c.Node.ArgumentList, c.There));
            given = given.Concat(calls.Where(c => SymbolEqualityComparer.Default.Equals(c.There._model.GetSymbolInfo(c.Item1).Symbol?.OriginalDefinition, method.OriginalDefinition)).Select(c => (c.Item2?.Arguments.ElementAtOrDefault(at)?.Expression, c.There)));
        }

        var all = given.Where(one => one.From is not LiteralExpressionSyntax).ToArray();
        return all.Length > 0 && all.All(one => one.There.IsCertainlyShared(one.From, depth + 1) || (symbol is IParameterSymbol { RefKind: RefKind.Ref } && one.From != null && one.There.IsSeen(one.From)));
    }

    // 自己的函数返回的，每一个 return 都是。
    private bool ReturnsCertainlyShared(ISymbol? function, int depth) => function?.DeclaringSyntaxReferences is [var reference] && reference.GetSyntax() is var declared
        && declared.DescendantNodes(n => n == declared || n is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax))
            .Select(n => n is ReturnStatementSyntax { Expression: var back } ? back : n is ArrowExpressionClauseSyntax { Expression: var arrow } ? arrow : null).OfType<ExpressionSyntax>().ToArray() is [_, ..] all
        && all.All(one => At(one).IsCertainlyShared(one, depth + 1));

    private IEnumerable<(T Node, Hiding There)> Nodes<T>(string name, Func<T, ExpressionSyntax?> named) where T : SyntaxNode =>
        from tree in _model.Compilation.SyntaxTrees
        from node in tree.GetRoot().DescendantNodes().OfType<T>()
        where name == "" || (named(node) is SimpleNameSyntax plain ? plain.Identifier.Text : (named(node) as MemberAccessExpressionSyntax)?.Name.Identifier.Text) == name
        select (node, At(node));

    private Hiding At(SyntaxNode node)
    {
        if (node.SyntaxTree == _model.SyntaxTree) return this;
        SemanticModel there = _model.Compilation.GetSemanticModel(node.SyntaxTree);
        return new(there, footprints.At(there)) { _lambdas = (true, null) };
    }

    /// <summary>数、文字、枚举：值整个写得出来。</summary>
    public static bool IsPlain(ITypeSymbol? type) => type is { SpecialType: (>= SpecialType.System_Boolean and <= SpecialType.System_UIntPtr) or SpecialType.System_DateTime } or { TypeKind: TypeKind.Enum };

    /// <summary>类型，和它的各层基类。</summary>
    public static IEnumerable<string> Bases(ITypeSymbol? type)
    {
        for (; type != null; type = type.BaseType) yield return type.ToDisplayString();
    }
}
