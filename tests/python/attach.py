"""用标准库的 SharedMemory 打开别人的对象，读出里面的文字；给了新的文字就写进去。

    python3 tests/python/attach.py 名字 [新的文字]
    python3 tests/python/attach.py --keep 名字 [新的文字]

没有 --keep 时，标准库的资源跟踪进程在结束时删掉对象的名字，虽然对象不是这里建的。
"""
import sys
from multiprocessing import resource_tracker, shared_memory


def attach(name):
    """打开已有的对象，结束时不删它的名字。"""
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name, track=False)
    memory = shared_memory.SharedMemory(name)
    resource_tracker.unregister("/" + name, "shared_memory")
    return memory


def main(arguments):
    keep = arguments[:1] == ["--keep"]
    arguments = arguments[1:] if keep else arguments
    if len(arguments) not in (1, 2):
        print("用法：attach.py [--keep] 名字 [新的文字]", file=sys.stderr)
        return 2

    # SharedMemory 自己在前面加斜杠。
    name = arguments[0].lstrip("/")
    try:
        memory = attach(name) if keep else shared_memory.SharedMemory(name)
    except (OSError, ValueError) as e:
        print(f"SharedMemory({name!r}): {e}。先运行 Sender。", file=sys.stderr)
        return 1

    if len(arguments) == 2:
        text = arguments[1].encode() + b"\0"
        if len(text) > memory.size:
            print(f"SharedMemory({name!r}): 只有 {memory.size} 字节，放不下。", file=sys.stderr)
            return 1
        memory.buf[:len(text)] = text

    print("python:", bytes(memory.buf).split(b"\0")[0].decode(errors="replace"), flush=True)
    memory.close()
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
