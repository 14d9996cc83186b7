using System.Diagnostics;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>05：杀父进程，杀子进程。对象没有名字，留不下来；要看的是另一边不挂住。</summary>
internal static class ParentAndChild
{
    private const string Set = "child:set memory 1\n";

    public static async Task<Tally[]> Run(Arena arena, int kills)
    {
        Command program = arena.Command(Suite.Executable("05-AnonymousMapping"));
        var clock = Stopwatch.StartNew();
        await Succeeds(program);
        double usual = clock.Elapsed.TotalMilliseconds;

        Tally parent = new("05 父进程"), child = new("05 子进程");
        while (parent.Kills + child.Kills < kills)
        {
            bool killChild = parent.Kills > child.Kills;
            bool aim = Random.Shared.Next(2) == 0;

            // 父进程死了，子进程也要自己结束：它握着父进程的标准输出，Shot 收到那根管道的结尾才返回，挂住就超时。
            Shot shot = killChild ? await Shot.AtChild(program, usual / 2) : await Shot.At(program, usual, aim ? pid => Outside.Children(pid).Length > 0 : null);
            Tally tally = killChild ? child : parent;

            // 子进程活下来就会打印：父进程死时它已经启动，父进程在等它；什么也没有打印，就是还没有启动它。
            string printed = shot.Process.Output;
            tally.Count(shot, killChild ? (printed == Set ? 1 : 0) : printed == "" ? -1 : printed == Set ? 0 : 1);
            if (killChild && shot.WasKilled)
            {
                // 父进程活着，要说出子进程怎么了；绝不能把没写好的值当结果打印出来。
                shot.Process.ExitCode.ShouldBe(1, shot.Process.Error);
                shot.Process.Complaints.ShouldHaveSingleItem(shot.Process.Error).ShouldStartWith("waitpid(");
                shot.Process.Output.ShouldBeOneOf("", Set);
                tally.SawReason();
            }

            await Succeeds(program);
        }

        return [parent, child];
    }

    private static async Task Succeeds(Command program)
    {
        Finished run = await program.Finish();
        run.ShouldSucceed().Output.ShouldBe(Set + "parent:memory value 1\n");
        run.Complaints.ShouldBeEmpty();
    }
}
