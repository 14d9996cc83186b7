using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine;

/// <summary>共享的东西，按种类。</summary>
[Flags]
internal enum Things
{
    /// <summary>什么也不碰。</summary>
    None = 0,

    /// <summary>对象与文件的名字；打开看它，创建、删除改它。</summary>
    Names = 1,

    /// <summary>对象与文件的大小；经映射访问也看它，超出就是 SIGBUS。</summary>
    Sizes = 2,

    /// <summary>对象与文件的内容。</summary>
    Contents = 4,

    /// <summary>对象与文件：名字、大小、内容。</summary>
    Memory = Names | Sizes | Contents,

    /// <summary>信号量的名字。</summary>
    SemaphoreNames = 8,

    /// <summary>信号量的值。</summary>
    Counts = 16,

    /// <summary>信号量：名字和值。</summary>
    Semaphores = SemaphoreNames | Counts,

    /// <summary>文件上的锁，和管道；关闭描述符会放开锁、关上管道，两个关闭谁先谁后没有分别，所以算读。</summary>
    Locks = 32,

    /// <summary>别的进程：启动、等待、信号；结束也是，两个结束谁先谁后没有分别，所以算读。</summary>
    Processes = 64,

    /// <summary>看不出来的，当作什么都碰。</summary>
    All = Memory | Semaphores | Locks | Processes,
}

/// <summary>一步碰到什么。</summary>
/// <param name="Reads">读。</param>
/// <param name="Writes">改。</param>
/// <param name="Prints">打印；每个进程的输出分开记，所以打印的先后没有分别。</param>
internal sealed record Footprint(Things Reads, Things Writes, bool Prints = false)
{
    /// <summary>只碰自己的。</summary>
    public static readonly Footprint Nothing = new(Things.None, Things.None);

    /// <summary>什么都碰。</summary>
    public static readonly Footprint Everything = new(Things.All, Things.All, true);

    /// <summary>结束：描述符都关闭，父进程得知。</summary>
    public static readonly Footprint Ending = new(Things.Locks | Things.Processes, Things.None);

    /// <summary>与别的进程谁先谁后，没有分别。</summary>
    public bool IsLocal => Reads == Things.None && Writes == Things.None;

    /// <summary>停在它之前和之后，别的进程和读者看来都一样。</summary>
    public bool IsUnseen => IsLocal && !Prints;

    /// <summary>两步不能交换：碰同一种东西，而且至少一方改它；或者一方打印，另一方也许会杀死它，打印了没有看得出来。</summary>
    public bool Conflicts(Footprint other) =>
        ((Writes & (other.Reads | other.Writes)) | (other.Writes & Reads)) != 0
        || (Prints && other.Writes.HasFlag(Things.Processes)) || (other.Prints && Writes.HasFlag(Things.Processes));

    /// <summary>合起来。</summary>
    public static Footprint operator |(Footprint a, Footprint b) => new(a.Reads | b.Reads, a.Writes | b.Writes, a.Prints || b.Prints);
}

/// <summary>从源代码看一条语句碰到什么。拿不准的一律当作什么都碰：多走几个次序，不会漏掉。</summary>
/// <param name="model">语义模型。</param>
/// <param name="own">停在里面的源文件；它们的函数里另有停的地方，调用它们本身不算。</param>
internal sealed class Footprints(SemanticModel model, IReadOnlySet<string> own)
{
    // 不是 sem_open 打开的，信号量就在共享内存里：清零内存也会碰到它。
    private readonly bool _semaphoresAreInMemory = model.SyntaxTree.ToString() is var text && (text.Contains("sem_init(", StringComparison.Ordinal) || !text.Contains("sem_open(", StringComparison.Ordinal));

    private int _depth;
    private Footprint? _callbacks;

    // 正在看的类型，和委托的类型：又用到它，不从头再看，外面一层会把全部合起来。
    private HashSet<ISymbol> _within = new(SymbolEqualityComparer.Default);

    private static readonly HashSet<string> Harmless =
    [
        "getpid", "geteuid", "getpagesize", "mmap", "mprotect", "mlock", "munlock", "madvise", "sem_close", "memfd_create", "umask", "signal",
        "strerror", "strerrorname_np", "sigabbrev_np", "S_ISREG", "S_ISFIFO", "WIFEXITED", "WIFSIGNALED", "WEXITSTATUS", "WTERMSIG", "Must", "native_strings", "free_strings",
    ];

    private static readonly string[] Outside = ["System.IO", "System.Net", "System.Threading", "System.Diagnostics", "Microsoft"];

    /// <summary>停在这里之后走的一步。</summary>
    /// <param name="node">语句，或循环的条件；带着块的语句只算它的头。</param>
    public Footprint Of(SyntaxNode node)
    {
        Footprint all = Nothing;
        foreach (SyntaxNode part in Heads(node)) all |= Visit(part);
        if (node.AncestorsAndSelf().Any(n => n is CommonForEachStatementSyntax)) all |= Callbacks;

        // 走完循环体会再算条件；continue 会跳过条件之前的停顿。
        foreach (SyntaxNode outer in node.Ancestors().TakeWhile(n => n is not (MemberDeclarationSyntax and not GlobalStatementSyntax) and not LocalFunctionStatementSyntax and not AnonymousFunctionExpressionSyntax))
        {
            if (outer is ForStatementSyntax or ForEachStatementSyntax || (outer is WhileStatementSyntax or DoStatementSyntax && outer.DescendantNodes().Any(n => n is ContinueStatementSyntax)))
            {
                foreach (SyntaxNode part in Heads(outer)) all |= Visit(part);
            }

            // using 在离开的时候才清理，那里没有停顿；自己的类型里另有。因为异常离开的，看不出来，由 Explorer 看到了再说。
            bool collects = outer is UsingStatementSyntax || (outer is BlockSyntax or CompilationUnitSyntax && Statements(outer).OfType<LocalDeclarationStatementSyntax>().Any(d => d.UsingKeyword != default && d.SpanStart < node.SpanStart));
            if (collects && Leaves(node, outer)) all |= Reading(Things.Locks);
        }

        return all;
    }

    /// <summary>语句里的一部分碰到什么；指针和 Span 本身，也当作碰了它们指着的。</summary>
    public Footprint Inside(SyntaxNode part) => Visit(part);

    /// <summary>一句里先得到、最后一个调用还没有做完的时候拿着的值，是从哪种东西里来的；没有为 null。</summary>
    public Things? Holds(SyntaxNode node)
    {
        SyntaxNode[] all = [.. Heads(node).SelectMany(Giving)];
        return all is [.. var before, _] && before.Length > 0 ? before.Aggregate(Things.None, (kinds, n) => kinds | (IsOwnCall(n) ? Things.All : Visit(n).Reads | Visit(n).Writes)) : null;
    }

    // 得到值的，按先后；只做其中一个的，取多的；&& 的左边看完就放下了。
    private IEnumerable<SyntaxNode> Giving(SyntaxNode node)
    {
        if (node is AnonymousFunctionExpressionSyntax) return [];
        SyntaxNode[] either = node switch
        {
            ConditionalExpressionSyntax one => [one.WhenTrue, one.WhenFalse],
            SwitchExpressionSyntax one => [.. one.Arms],
            BinaryExpressionSyntax { OperatorToken.Text: "&&" or "||" or "??" } one => [one.Left, one.Right],
            _ => [],
        };
        IEnumerable<SyntaxNode> inside = node.ChildNodes().Except(either).SelectMany(Giving).Concat(either.Select(one => Giving(one).ToArray()).MaxBy(given => given.Length) ?? []);
        return Gives(node) ? inside.Append(node) : inside;
    }

    private bool Gives(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax call => IsOwnCall(node) || (model.GetSymbolInfo(call).Symbol is IMethodSymbol { Name: not "Must" } method && Gives(call, method)),
        MemberAccessExpressionSyntax access when IsLength(access) || model.GetSymbolInfo(node).Symbol is IFieldSymbol { IsFixedSizeBuffer: true } => false,
        ElementAccessExpressionSyntax { Expression: var array } when IsPrivate(array) => false,
        SimpleNameSyntax { Parent: MemberAccessExpressionSyntax { RawKind: (int)SyntaxKind.SimpleMemberAccessExpression } } => false, // 取的是它的成员
        _ => MayBeShared(node) && !node.Parent.IsKind(SyntaxKind.AddressOfExpression),
    };

    // 框架的函数，看它是哪一类的，或者替我们调用 lambda；它的参数另算。
    private bool Gives(InvocationExpressionSyntax call, IMethodSymbol method)
    {
        bool isFramework = method.ContainingNamespace is { IsGlobalNamespace: false, Name: not "Posix" };
        return isFramework ? !OfType(method.ContainingType).IsLocal || call.ArgumentList.Arguments.Any(a => a.Expression is AnonymousFunctionExpressionSyntax) : !Visit(call).IsLocal;
    }

    // 自己的栈上的。
    private bool IsPrivate(ExpressionSyntax pointer) => model.GetSymbolInfo(pointer).Symbol is ILocalSymbol { DeclaringSyntaxReferences: [var declared] }
        && declared.GetSyntax() is VariableDeclaratorSyntax { Initializer.Value: StackAllocArrayCreationExpressionSyntax };

    /// <summary>读写它，碰的也许是共享的内存：经指针、Span、ref，共享的结构自己的字段，里面这样做的属性。</summary>
    public bool MayBeShared(SyntaxNode node) => node switch
    {
        _ when node.IsKind(SyntaxKind.PointerIndirectionExpression) || node.IsKind(SyntaxKind.PointerMemberAccessExpression) => true,
        ElementAccessExpressionSyntax element => model.GetTypeInfo(element.Expression).Type is IPointerTypeSymbol or { IsRefLikeType: true },
        InvocationExpressionSyntax call => model.GetSymbolInfo(call).Symbol is IMethodSymbol { RefKind: not RefKind.None },
        IdentifierNameSyntax or ThisExpressionSyntax or MemberAccessExpressionSyntax => IsByRef(node) || IsOwnField(node) || !Statics(node).IsLocal || (model.GetSymbolInfo(node).Symbol is IPropertySymbol { ContainingType.Name: not "Libc" } && !Property(node).IsLocal),
        _ => false,
    };

    /// <summary>走完这一步可能离开所在的函数，接着走调用它的那一句的下半句。因为异常离开的不算。</summary>
    public static bool Returns(SyntaxNode node) => Leaves(node, Member(node));

    /// <summary>它在源文件的哪里，和走到它之后最早还能回到哪里：有循环，是最外面一层的开头。不在 Main 里的，随时会被调用。</summary>
    public (int Start, int From) Place(SyntaxNode node)
    {
        SyntaxNode member = Member(node);
        if (!IsMain(member)) return (int.MaxValue, 0);
        SyntaxNode? loop = node.AncestorsAndSelf().TakeWhile(n => n != member).LastOrDefault(n => n is WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or CommonForEachStatementSyntax);
        return (node.SpanStart, member.DescendantNodes().Any(n => n is GotoStatementSyntax) ? 0 : (loop ?? node).SpanStart);
    }

    /// <summary>程序从这个函数开始。</summary>
    public bool IsMain(SyntaxNode function) =>
        function is CompilationUnitSyntax || (model.GetDeclaredSymbol(function) is { } method && SymbolEqualityComparer.Default.Equals(method, model.Compilation.GetEntryPoint(default)));

    /// <summary>Main 的末尾：都做完了，还没有结束。</summary>
    public static Site End(int file, SyntaxNode main)
    {
        SyntaxToken last = main is CompilationUnitSyntax top ? top.Members.OfType<GlobalStatementSyntax>().Last().GetLastToken() : main.GetLastToken();
        int line = last.GetLocation().GetLineSpan().EndLinePosition.Line + 1;
        return new Site(file, line, line, "", Footprint.Ending, null, null, true, false, (last.Span.End, last.Span.End));
    }

    /// <summary>静态变量有要算的初值。</summary>
    public static bool HasStatics(SyntaxNode type) => type is TypeDeclarationSyntax declared && declared.Members.Any(m => m.Modifiers.Any(SyntaxKind.StaticKeyword)
        && (m is ConstructorDeclarationSyntax || (m is PropertyDeclarationSyntax or FieldDeclarationSyntax && m.ChildNodes().SelectMany(c => c.DescendantNodesAndSelf()).Any(n => n is EqualsValueClauseSyntax))));

    /// <summary>所在的函数。</summary>
    public static SyntaxNode Member(SyntaxNode node) =>
        node.Ancestors().First(n => n is (MemberDeclarationSyntax and not GlobalStatementSyntax) or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax or CompilationUnitSyntax);

    /// <summary>调用停在里面的函数。</summary>
    public bool IsOwnCall(SyntaxNode node) => node is InvocationExpressionSyntax call && model.GetSymbolInfo(call).Symbol is { DeclaringSyntaxReferences: [var reference, ..] } && IsOwn(reference.GetSyntax());

    /// <summary>在停在里面的文件里。</summary>
    public bool IsOwn(SyntaxNode node) => own.Contains(node.SyntaxTree.FilePath);

    /// <summary>看同一个程序的另一个文件。</summary>
    public Footprints At(SemanticModel other) => new(other, own);

    private static Footprint Nothing => Footprint.Nothing;

    private static Footprint Reading(Things things) => new(things, Things.None);

    private static Footprint Writing(Things things) => new(Things.None, things);

    private static SyntaxNode[] Statements(SyntaxNode block) => [.. block.ChildNodes().Select(n => n is GlobalStatementSyntax g ? g.Statement : n).Where(n => n is StatementSyntax and not LocalFunctionStatementSyntax)];

    // 这一步可能走到 outer 的外面：它自己会跳，或者接着的语句也许不停。
    private static bool Leaves(SyntaxNode node, SyntaxNode outer)
    {
        static bool Jumps(SyntaxNode n) => n is ReturnStatementSyntax or ThrowStatementSyntax or ThrowExpressionSyntax or BreakStatementSyntax or ContinueStatementSyntax or GotoStatementSyntax;
        if (node.DescendantNodesAndSelf().Any(Jumps)) return true;
        for (SyntaxNode at = node; at != outer; at = at.Parent!)
        {
            if (at is not StatementSyntax || at.Parent is not (BlockSyntax or GlobalStatementSyntax or SwitchSectionSyntax)) continue;
            SyntaxNode? next = Statements(at.Parent is GlobalStatementSyntax g ? g.Parent! : at.Parent).FirstOrDefault(n => n.SpanStart > at.SpanStart && n is not EmptyStatementSyntax and not LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer: null }, ..] });
            // 只有这两种，一定先停下；别的语句也许一次也不停，就走过去了。
            if (next != null) return next is not (ExpressionStatementSyntax or LocalDeclarationStatementSyntax { IsConst: false });
        }

        return true;
    }

    /// <summary>语句；带着块的只有它的头。</summary>
    public static IEnumerable<SyntaxNode> Heads(SyntaxNode node) =>
        node is IfStatementSyntax or WhileStatementSyntax or DoStatementSyntax or ForStatementSyntax or ForEachStatementSyntax or SwitchStatementSyntax or UsingStatementSyntax or LockStatementSyntax or FixedStatementSyntax
            ? node.ChildNodes().Where(n => n is not (StatementSyntax or ElseClauseSyntax or SwitchSectionSyntax)) : [node];

    private Footprint Visit(SyntaxNode node, bool knows = false)
    {
        // 自己写的转换和运算符，只有一个表达式的没有停的地方。
        if (node is ExpressionSyntax one && (model.GetConversion(one).MethodSymbol ?? model.GetSymbolInfo(one).Symbol as IMethodSymbol) is { MethodKind: MethodKind.Conversion or MethodKind.UserDefinedOperator, DeclaringSyntaxReferences: [_, ..] }) return Footprint.Everything;
        switch (node)
        {
            case InvocationExpressionSyntax call:
                return Call(call);
            case BaseObjectCreationExpressionSyntax made:
                ITypeSymbol? type = model.GetTypeInfo(made).Type;
                return (type == null ? Footprint.Everything : OfType(type) | Initial(type)) | Children(made, false);
            case AnonymousFunctionExpressionSyntax:
                return Children(node, false);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.AddressOfExpression } address:
                return address.Operand is MemberAccessExpressionSyntax { Expression: var pointer } ? Visit(pointer, knows) : knows || model.GetSymbolInfo(address.Operand).Symbol is ILocalSymbol ? Nothing : Visit(address.Operand);
            case PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.PointerIndirectionExpression } star:
                return Access(star) | Visit(star.Operand, true);
            case MemberAccessExpressionSyntax { RawKind: (int)SyntaxKind.PointerMemberAccessExpression } arrow:
                return Access(arrow) | Visit(arrow.Expression, true);
            case ElementAccessExpressionSyntax element:
                bool shared = model.GetTypeInfo(element.Expression).Type is IPointerTypeSymbol or { IsRefLikeType: true };
                return (shared ? Access(element) : Property(element)) | Visit(element.Expression, shared || knows) | Visit(element.ArgumentList);
            case ThisExpressionSyntax:
                return IsOwnField(node) ? Mapped(true) : Nothing;
            case CastExpressionSyntax cast when !knows && model.GetTypeInfo(cast.Type).Type is IPointerTypeSymbol && model.GetTypeInfo(cast.Expression).Type is not IPointerTypeSymbol:
                return Mapped(true) | Visit(cast.Expression);
            case BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } same:
                return Visit(same.Left, true) | Visit(same.Right, true);
            case InterpolationSyntax { Expression: CastExpressionSyntax shown }:
                return Visit(shown.Expression, true);
            case NameSyntax or MemberAccessExpressionSyntax:
                Footprint named = node is MemberAccessExpressionSyntax access ? Visit(access.Expression, knows || IsLength(access)) : Nothing;
                bool isShared = !knows && node is IdentifierNameSyntax && model.GetSymbolInfo(node).Symbol is ILocalSymbol or IParameterSymbol or IFieldSymbol
                    && model.GetTypeInfo(node).Type is IPointerTypeSymbol or { IsRefLikeType: true };
                if (IsByRef(node) || IsOwnField(node)) named |= Mapped(true);
                return named | Statics(node) | Property(node) | (isShared ? Mapped(model.GetTypeInfo(node).Type is not { Name: "ReadOnlySpan" }) : Nothing);
            default:
                return Children(node, knows);
        }
    }

    private Footprint Children(SyntaxNode node, bool knows) => node.ChildNodes().Aggregate(Nothing, (all, child) => all | Visit(child, knows));

    // 引用着的，也许就是共享的内存。
    private bool IsByRef(SyntaxNode node) => node is IdentifierNameSyntax && model.GetSymbolInfo(node).Symbol is ILocalSymbol { IsRef: true } or IParameterSymbol { RefKind: RefKind.Ref or RefKind.In };

    // 结构的函数里用到它自己、它的字段：这个结构也许就在共享的内存里。
    private bool IsOwnField(SyntaxNode node)
    {
        bool isField = node is IdentifierNameSyntax && !(node.Parent is MemberAccessExpressionSyntax access && access.Name == node) && model.GetSymbolInfo(node).Symbol is IFieldSymbol { IsStatic: false };
        return (isField || node is ThisExpressionSyntax) && model.GetEnclosingSymbol(node.SpanStart) is IMethodSymbol { IsStatic: false, MethodKind: not MethodKind.Constructor, ContainingType.IsValueType: true };
    }

    private static bool IsLength(MemberAccessExpressionSyntax access) => access.Name.Identifier.Text is "Length" or "IsEmpty";

    // 经映射访问：大小也要紧。
    private static Footprint Mapped(bool writes) => new(Things.Sizes | (writes ? Things.None : Things.Contents), writes ? Things.Contents : Things.None);

    // 经指针读还是写：赋值的左边、ref、++ 是写。
    private Footprint Access(ExpressionSyntax node) => node.Parent switch
    {
        AssignmentExpressionSyntax a when a.Left == node => Mapped(true),
        ArgumentSyntax { RefKindKeyword.RawKind: not 0 and not (int)SyntaxKind.InKeyword, Parent.Parent: InvocationExpressionSyntax call } when model.GetSymbolInfo(call).Symbol is not { Name: "Read", ContainingType.Name: "Volatile" } => Mapped(true),
        PrefixUnaryExpressionSyntax or PostfixUnaryExpressionSyntax or RefExpressionSyntax or MemberAccessExpressionSyntax or ElementAccessExpressionSyntax => Mapped(true),
        _ => Mapped(false),
    };

    // 第一次用到静态的成员，才算静态变量的初值；算的时候没有停的地方。
    private Footprint Statics(SyntaxNode node) => model.GetSymbolInfo(node).Symbol is { IsStatic: true, ContainingType: { } type } and (IFieldSymbol or IPropertySymbol or IMethodSymbol) && type.DeclaringSyntaxReferences.Any(r => HasStatics(r.GetSyntax())) ? Initial(type) : Nothing;

    // 自己写的属性，没有停的地方：里面做的都算。
    private Footprint Property(SyntaxNode node)
    {
        if (model.GetSymbolInfo(node).Symbol is not IPropertySymbol property) return Nothing;
        if (property.ContainingType.Name is "Libc" && property.Name != "was_spawned") return Nothing;
        if (property.Name is "IsInvalid" or "IsClosed" or "CanWrite" or "Capacity" or "SafeMemoryMappedViewHandle" || property.ContainingType.Name == "Observation") return Nothing;
        if (property.DeclaringSyntaxReferences is not [var reference, ..]) return OfType(property.ContainingType) | Callbacks;
        if (property.ContainingType.TypeKind == TypeKind.Interface) return Footprint.Everything;
        SyntaxNode declared = reference.GetSyntax();
        if (_depth > 6 || declared.DescendantNodes().Any(n => n is BlockSyntax)) return Footprint.Everything;
        SemanticModel there = declared.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(declared.SyntaxTree);
        return new Footprints(there, own) { _depth = _depth + 1, _within = _within }.Children(declared, false);
    }

    private Footprint Call(InvocationExpressionSyntax call)
    {
        if (model.GetSymbolInfo(call).Symbol is not IMethodSymbol method)
        {
            return call.Expression is IdentifierNameSyntax { Identifier.Text: "nameof" } ? Nothing : Footprint.Everything;
        }

        string type = method.ContainingType.ToDisplayString(), name = method.Name;
        if (type == "Posix.Libc" || Hiding.IsImport(method))
        {
            Footprint does = name switch
            {
                // 名字下面也许是 FIFO：打得开打不开，看对方关没关。
                "open" => new Footprint(Things.Names | Things.SemaphoreNames, Things.Locks | (Truncates(call) ? Things.Memory : Creates(call) ? Things.Names : Things.None)),
                "shm_open" => Truncates(call) ? Writing(Things.Memory) : Creates(call) ? Writing(Things.Names) : Reading(Things.Names),
                "sem_open" => Creates(call) ? Writing(Things.SemaphoreNames) : Reading(Things.SemaphoreNames),
                "fstat" or "statx" => Reading(Things.Names | Things.SemaphoreNames | Things.Sizes),
                "fstatfs" => Reading(Things.Memory),
                "pread" => Reading(Things.Sizes | Things.Contents),
                "msync" => Reading(Things.Contents),
                "ftruncate" or "posix_fallocate" or "pwrite" => Writing(Things.Sizes | Things.Contents),
                "memcpy" or "memset" => Mapped(true),
                "shm_unlink" => Writing(Things.Names),
                "unlink" => Writing(Things.Names | Things.SemaphoreNames),
                "sem_getvalue" => Reading(Things.Counts),
                "sem_wait" or "sem_trywait" or "sem_post" => Writing(Things.Counts),
                "sem_unlink" => Writing(Things.SemaphoreNames),
                "close" or "munmap" => Reading(Things.Locks), // 映射也引用着打开的文件：最后一个放开的放开锁
                "getppid" => Writing(Things.Processes), // 父进程结束了没有
                "flock" or "poll" or "pipe2" => Writing(Things.Locks),
                "read" or "write" => Writing(Things.Locks | Things.Memory),
                _ when Harmless.Contains(name) || name.StartsWith("posix_spawn_file_actions", StringComparison.Ordinal) => Nothing,
                _ => Footprint.Everything,
            };
            if (_semaphoresAreInMemory && name.StartsWith("sem_", StringComparison.Ordinal)) does |= Mapped(true);
            return does | Visit(call.ArgumentList, true);
        }

        // 委托里是只有一个表达式的 lambda，就没有停的地方：类型一样的都算。
        if (method.MethodKind == MethodKind.DelegateInvoke)
        {
            Footprint lambdas = Lambdas(method.ContainingType);
            return lambdas | Visit(call.Expression) | Visit(call.ArgumentList);
        }

        if (type == "Examples.Undo") return name == "Add" ? Nothing : Children(call.ArgumentList, false);
        Footprint known = type switch
        {
            "DotNetWay.PosixException" when name == "Must" => Nothing,
            "Examples.Trust" or "DotNetWay.Genuine" => Reading(name == "Semaphore" ? Things.Semaphores : Things.Names),
            "System.IO.RandomAccess" when name == "GetLength" => Reading(Things.Sizes),
            "System.IO.RandomAccess" when name is "SetLength" or "Write" => Writing(Things.Sizes | Things.Contents),
            "System.IO.MemoryMappedFiles.MemoryMappedFile" when (name == "CreateFromFile" && method.Parameters[0].Type.SpecialType != SpecialType.System_String) || name is "CreateViewAccessor" => Reading(Things.Sizes),
            "System.Runtime.InteropServices.SafeBuffer" when name.StartsWith("Read", StringComparison.Ordinal) => Mapped(false),
            "System.Runtime.InteropServices.SafeBuffer" when name.StartsWith("Write", StringComparison.Ordinal) => Mapped(true),
            "System.Runtime.InteropServices.SafeHandle" or "System.Runtime.InteropServices.SafeBuffer" => name.StartsWith("Dispose", StringComparison.Ordinal) ? Reading(Things.Locks) : Nothing,
            "System.Runtime.InteropServices.Marshal" when name.StartsWith("Read", StringComparison.Ordinal) || name.StartsWith("PtrTo", StringComparison.Ordinal) => Mapped(false),
            "System.Runtime.InteropServices.Marshal" when name.StartsWith("Write", StringComparison.Ordinal) || name is "Copy" or "StructureToPtr" => Mapped(false) | Mapped(true),
            "Examples.Observation" => new Footprint(Things.None, Things.None, true),
            _ when method.DeclaringSyntaxReferences is [var reference, ..] => own.Contains(reference.SyntaxTree.FilePath) ? Statics(call) : Footprint.Everything,
            _ => OfType(method.ContainingType) | Callbacks,
        };

        // 实例方法：对象也要看，例如 new Span<byte>(…).Clear()。
        return known | Visit(call.Expression is MemberAccessExpressionSyntax access ? access.Expression : call.ArgumentList) | Visit(call.ArgumentList);
    }

    // 框架的函数也许会调用这里的 lambda：只有一个表达式的没有停的地方。结束时才调用的，见 Explorer。
    private Footprint Callbacks => _callbacks ??= Lambdas(null);

    private Footprint Lambdas(INamedTypeSymbol? type)
    {
        if (_depth > 6) return Footprint.Everything;
        Footprint all = Nothing;
        if (type != null && !_within.Add(type)) return all;
        foreach (SyntaxTree tree in model.Compilation.SyntaxTrees.Where(t => own.Contains(t.FilePath)))
        {
            SemanticModel there = tree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(tree);
            foreach (ExpressionSyntax body in tree.GetRoot().DescendantNodes().OfType<AnonymousFunctionExpressionSyntax>()
                .Where(l => type == null ? !IsForTheEnd(l) : SymbolEqualityComparer.Default.Equals(there.GetTypeInfo(l).ConvertedType?.OriginalDefinition, type.OriginalDefinition))
                .Select(l => l.ExpressionBody).OfType<ExpressionSyntax>())
            {
                all |= new Footprints(there, own) { _depth = _depth + 1, _callbacks = type == null ? Nothing : _callbacks, _within = _within }.Visit(body);
            }
        }

        if (type != null) _within.Remove(type);
        return all;
    }

    private static bool IsForTheEnd(AnonymousFunctionExpressionSyntax lambda) =>
        lambda.Parent.IsKind(SyntaxKind.AddAssignmentExpression) || lambda.Parent?.Parent?.Parent is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Undo" } } };

    // 自己的类型的字段和属性的初值，在构造的时候算，没有停的地方。
    private Footprint Initial(ITypeSymbol type)
    {
        if (_depth > 6) return Footprint.Everything;
        if (!_within.Add(type)) return Nothing;
        Footprint all = type.DeclaringSyntaxReferences.Select(r => r.GetSyntax()).Where(d => own.Contains(d.SyntaxTree.FilePath))
            .SelectMany(d => d.ChildNodes()).OfType<MemberDeclarationSyntax>().SelectMany(m => m.DescendantNodes()).OfType<EqualsValueClauseSyntax>()
            .Where(e => e.Parent is PropertyDeclarationSyntax or VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax })
            .Aggregate(Nothing, (all, e) => all | new Footprints(e.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(e.SyntaxTree), own) { _depth = _depth + 1, _callbacks = _callbacks, _within = _within }.Visit(e.Value));
        _within.Remove(type);
        return all;
    }

    // 打开的标志里有没有 O_CREAT、O_TRUNC：算得出来的常数；算不出来就当作有。
    private bool Creates(InvocationExpressionSyntax call) => HasFlag(call, 0x40) || Truncates(call);

    private bool Truncates(InvocationExpressionSyntax call) => HasFlag(call, 0x200);

    private bool HasFlag(InvocationExpressionSyntax call, int bit)
    {
        if (call.ArgumentList.Arguments is not [_, var second, ..]) return true;
        ExpressionSyntax[] cases = second.Expression is ConditionalExpressionSyntax { WhenTrue: var yes, WhenFalse: var no } ? [yes, no] : [second.Expression];
        return cases.Any(one => model.GetConstantValue(one) is not { HasValue: true, Value: { } value } || (Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) & bit) != 0);
    }

    private static Footprint OfType(ITypeSymbol type)
    {
        string full = type.ToDisplayString();
        if (!full.StartsWith("System.", StringComparison.Ordinal) && type.ContainingNamespace is not { IsGlobalNamespace: false, Name: "System" })
        {
            return type.DeclaringSyntaxReferences.Length > 0 || type.SpecialType != SpecialType.None || type is IArrayTypeSymbol ? Nothing : Footprint.Everything;
        }

        return full switch
        {
            "System.Console" => new Footprint(Things.None, Things.None, true),
            "System.IO.Path" or "System.Threading.Volatile" or "System.Threading.Interlocked" or "System.Threading.Thread" or "System.Threading.SpinWait" or "System.Environment" => Nothing,
            _ when full.StartsWith("System.IO.TextWriter", StringComparison.Ordinal) => new Footprint(Things.None, Things.None, true),
            _ when Outside.Any(outside => full.StartsWith(outside, StringComparison.Ordinal)) => Footprint.Everything,
            _ => Nothing,
        };
    }
}
