using System.Runtime.InteropServices;

/// <summary>当前架构的机器码。</summary>
internal static class MachineCode
{
    /// <summary>一个返回 <paramref name="value"/> 的 C 函数：<c>int f(void)</c>。</summary>
    /// <param name="value">返回值。</param>
    /// <returns>两条指令，按小端放进内存就可以执行；x64 的只有 6 字节，后面是 0。</returns>
    /// <remarks>
    /// 写进对象要经过描述符（write、pwrite），再映射成可执行的：arm64 的指令缓存由内核在建页时清理。
    /// 经另一个可写的映射存，就得自己清理。
    /// </remarks>
    public static ulong Return(byte value) => RuntimeInformation.ProcessArchitecture == Architecture.Arm64
        ? 0xD65F03C0_52800000 | ((ulong)value << 5) // movz w0, #value；ret
        : 0xC3_00000000_B8 | ((ulong)value << 8);   // mov eax, value；ret
}
