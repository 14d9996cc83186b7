using Posix;

/// <summary>经映射传一轮的结果。</summary>
internal struct Round
{
    public uint Sent;
    public Errno AfterClose;
    public IoCount Count;
    public Answer Answer;
}

/// <summary>子进程的答复。</summary>
internal struct Answer
{
    public uint Received;
    public Errno AfterClose;
    public IoCount Count;
}

/// <summary>FNV-1a：每个字节和它的位置都影响结果。</summary>
internal static class Checksum
{
    public const uint Start = 2166136261;

    public static uint Of(ReadOnlySpan<byte> bytes, uint sum = Start)
    {
        foreach (byte b in bytes) sum = (sum ^ b) * 16777619;
        return sum;
    }
}
