using System.Runtime.InteropServices;

namespace DotNetWay;

/// <summary>一次失败的 POSIX 调用。</summary>
/// <param name="call">调用，连同参数的值。</param>
/// <param name="error">errno；也在 <see cref="Exception.HResult"/> 里，与 .NET 自己的 IOException 一样。</param>
internal sealed class PosixException(string call, int error)
    : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}", error)
{
    /// <summary>失败的调用，连同参数的值。</summary>
    public string Call => call;
}
