/// <summary>运行时找的是这个名字，不能在命名空间里。</summary>
internal static class StartupHook
{
    internal static void Initialize() => Staged.StageFork.Initialize();
}
