using static Posix.Libc;

namespace Engine;

/// <summary>学生的全部进程：检查器是它们的「收养者」，孤儿都归它，一个也跑不掉。</summary>
internal static class Tree
{
    /// <summary>结束检查器之下的全部进程，取走状态。</summary>
    /// <param name="spared">这几个不动，也不算。</param>
    /// <returns>在此之前还在的进程。</returns>
    public static Peer[] Kill(params int[] spared)
    {
        var self = new Peer(Environment.ProcessId);
        Peer[] first = Others();

        // 先全部停住再杀：正在不断启动子进程的，停住之后就不会再多。杀掉一个，它的孩子归到检查器之下，下一轮再杀。
        for (Peer[] rest = first; rest.Length > 0; rest = Others())
        {
            foreach (Peer peer in rest) kill(peer.Pid, SIGSTOP);
            foreach (Peer peer in rest) kill(peer.Pid, SIGKILL);
            while (waitpid(-1, out _, WNOHANG) > 0) { }
            Thread.Yield();
        }

        return first;

        Peer[] Others() => [.. self.Descendants().Where(peer => !spared.Contains(peer.Pid))];
    }
}
