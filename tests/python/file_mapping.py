"""内存映射文件，用标准库的 mmap；另一半是 examples/06-FileMapping 的 Writer 和 Reader。

    python3 tests/python/file_mapping.py write 路径 值
    python3 tests/python/file_mapping.py read 路径
"""
import mmap, os, struct, sys

INT = struct.Struct("=i")   # 本机字节序的 4 字节 int


def write(path, value):
    value = INT.pack(int(value))
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.ftruncate(fd, INT.size)
    os.posix_fallocate(fd, 0, INT.size)
    with mmap.mmap(fd, INT.size) as memory:
        memory[:] = value
        print(f"process:{os.getpid()} send:{INT.unpack(memory[:])[0]}")


def read(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with mmap.mmap(fd, INT.size, access=mmap.ACCESS_READ) as memory:
        print(f"process:{os.getpid()} receive:{INT.unpack(memory[:])[0]}")


try:
    {"write": write, "read": read}[sys.argv[1]](*sys.argv[2:])
except (OSError, ValueError) as e:
    # mmap 自己先看大小，文件不够一个 int 就是 ValueError。
    sys.exit(f"{e}。先运行写入方。")
except (IndexError, KeyError, TypeError, struct.error):
    print("用法：file_mapping.py write 路径 值，或 file_mapping.py read 路径", file=sys.stderr)
    sys.exit(2)
