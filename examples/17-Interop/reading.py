"""共享内存里的一个结构，Python 的一方，只用标准库；另一半是 Interop（C#），或 tests/native 的 reading_*（C）。
用法：python3 examples/17-Interop/reading.py send [名字] [地点] [温度]，或 receive [名字]（地点至多 15 字节）"""
import contextlib, ctypes, errno, mmap, os, signal, stat, sys, time

class Reading(ctypes.Structure):
    # ctypes 按 C 的规则排字段，与 tests/native/reading.h 相同。
    _fields_ = [("number", ctypes.c_int32), ("time", ctypes.c_int64), ("celsius", ctypes.c_double),
                ("place", ctypes.c_char * 16), ("valid", ctypes.c_uint8)]
    def __str__(self):
        return (f"number={self.number} time={self.time} celsius={self.celsius} valid={self.valid} "
                f"place={self.place.decode(errors='replace')}")

def check(result, function, arguments):
    if result not in (-1, None): return ctypes.c_void_p(result) if function is libc.sem_open else result
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"{function.__name__}({arguments[0]})")

# 标准库没有公开的有名信号量，这里直接调用 libc。类型要写明：ctypes 默认当 int，指针会丢掉高 32 位。
libc, size = ctypes.CDLL(None, use_errno=True), ctypes.sizeof(Reading)
libc.sem_open.restype = ctypes.c_void_p
for function in libc.shm_open, libc.shm_unlink, libc.sem_open, libc.sem_wait, libc.sem_post, libc.sem_unlink:
    function.errcheck = check

def trust(fd, name):  # 名字整机共用：用之前先看属于谁、像不像。
    for st, length in (os.fstat(fd), None), (os.lstat(f"/dev/shm/sem.{name.lstrip('/')}_sem"), 32):
        if st.st_uid != os.geteuid() or not stat.S_ISREG(st.st_mode) or length not in (None, st.st_size):
            sys.exit(f"{name} 或它的信号量是别人的，或者不是真的，不访问它：请换一个名字。")

def create(undo, open, unlink, name):
    try: made = open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, 0)
    except FileExistsError: return open(name, os.O_RDWR, 0)
    undo.callback(unlink, name)
    return made

def send(name="/reading", place="实验室", celsius="21.5"):
    reading = Reading(os.getpid(), time.time_ns(), float(celsius), os.fsencode(place) + b"\0", 1)
    with contextlib.ExitStack() as undo:  # 没有发送成功就撤销，但只删自己创建的。
        fd = create(undo, libc.shm_open, libc.shm_unlink, os.fsencode(name))
        sem = create(undo, libc.sem_open, libc.sem_unlink, os.fsencode(name + "_sem"))
        trust(fd, name)
        while libc.sem_trywait(sem) == 0: pass
        os.ftruncate(fd, size)
        os.posix_fallocate(fd, 0, size)
        memory = mmap.mmap(fd, size)
        memory[:] = bytes(reading)
        print(f"process:{os.getpid()} send:{Reading.from_buffer(memory)}", flush=True)
        undo.pop_all()
        libc.sem_post(sem)

def receive(name="/reading"):
    fd, sem = libc.shm_open(os.fsencode(name), os.O_NONBLOCK, 0), libc.sem_open(os.fsencode(name + "_sem"), 0)
    trust(fd, name)
    if libc.sem_trywait(sem) != 0:
        print(f"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。", file=sys.stderr)
        libc.sem_wait(sem)
    with contextlib.ExitStack() as names:  # 取走了 post：读不成也要删名字，不然下一个接收方会一直等。
        names.callback(libc.sem_unlink, os.fsencode(name + "_sem"))
        names.callback(libc.shm_unlink, os.fsencode(name))
        if os.fstat(fd).st_size < size: sys.exit("对象不够一个结构，双方的结构要一样。")
        reading = Reading.from_buffer_copy(mmap.mmap(fd, size, access=mmap.ACCESS_READ))
        print(f"process:{os.getpid()} recv:{reading}", flush=True)

for it in signal.SIGINT, signal.SIGTERM, signal.SIGHUP: signal.signal(it, lambda number, _: sys.exit(128 + number))
sys.stdout.reconfigure(encoding="utf-8")
try: {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
except OSError as e: sys.exit(f"{e.filename}: {errno.errorcode[e.errno]} ({e.strerror})")
except (IndexError, KeyError, TypeError, ValueError):
    sys.exit(print(__doc__.splitlines()[1], file=sys.stderr) or 2)
