// 绑定与 C 的头文件是否一致。平时由测试调用（BindingsTests）；换一台机器、换一个架构时单独运行：
//
//     dotnet run --project tests/Bindings -- c > check.c && cc check.c -o check && ./check 文件
//     dotnet run --project tests/Bindings -- values 文件
//
// 两边各打印一份，一行一项：常量、结构的大小与字段的位置、函数在不在、同一个文件的 fstat。应当一字不差。
using Bindings;

return args switch
{
    ["c"] => Print(Headers.Source()),
    ["values", string file] => Print(Headers.Values(file)),
    _ => Usage(),
};

static int Print(string text)
{
    Console.Write(text);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：Bindings c，或 Bindings values 文件");
    return 2;
}
