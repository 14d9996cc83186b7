using System.Runtime.InteropServices;
using Examples;

namespace Benchmarks;

/// <summary>子进程的角色。</summary>
internal static class Receiver
{
    /// <summary>接收方的一生：父进程叫它走哪条通道，它就在那条通道上收，答回校验和。</summary>
    /// <returns>退出码。</returns>
    public static int Run()
    {
        ChildProcess.EndWithParent();
        IChannel[] channels = Wires.Inherited.Open(side: 1);
        while (true)
        {
            // 父进程先说：接下来几次走哪条通道，每次多少字节；0 是量完了。
            long next = Answer(channels[0], sizeof(long));
            if (next == 0) return 0;
            for (int i = 0; i < Cell.Batch; i++) Answer(channels[next >> 32], (int)next);
        }
    }

    private static long Answer(IChannel channel, int size)
    {
        ReadOnlySpan<byte> data = channel.Receive(size);
        long first = MemoryMarshal.Read<long>(data);
        channel.Send(BitConverter.GetBytes(Channels.Checksum(data)));
        return first;
    }
}
