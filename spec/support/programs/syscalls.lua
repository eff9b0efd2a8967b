-- A program for LuaJIT and ljsyscall: files, sockets, epoll, times, processes. Writes what came of each.

local S = require("syscall")
local ffi = require("ffi")
local t, c, util = S.types.t, S.c, S.util
-- Drops the place of the error among the results, and collects garbage.
local assert = require("syscall.helpers").assert

local function show(name, ...)
  local parts = { name }
  for n = 1, select("#", ...) do
    parts[#parts + 1] = tostring((select(n, ...)))
  end
  print(table.concat(parts, " "))
end

-- Files.
local name = "lunaffi-syscalls-" .. S.getpid()
local fd = assert(S.open(name, "creat, rdwr, trunc", "rusr, wusr"))
show("write", fd:write("hello world"))
show("seek", fd:seek(6, "set"))
show("read", fd:read(nil, 5))
local buffer = t.buffer(20)
show("read to a buffer", fd:pread(buffer, 20, 0), ffi.string(buffer, 11))
local st = assert(fd:stat())
show("stat", st.size, st.isreg, st.isdir, st.nlink)
show("truncate", fd:truncate(3), fd:stat().size)
show("writev", fd:seek(0, "set"), fd:writev({ "one", " ", "two" }))
show("lock", fd:flock("ex, nb"))
show("close", fd:close())
show("readfile", util.readfile(name))
show("rename", S.rename(name, name .. "x"), S.stat(name) == nil, S.stat(name .. "x").size)
show("access", S.access(name .. "x", "rw"))
show("chmod", S.chmod(name .. "x", "rusr"), S.stat(name .. "x").mode == bit.bor(c.S_I.FREG, c.MODE.rusr))
show("symlink", S.symlink(name .. "x", name .. "y"), S.readlink(name .. "y") == name .. "x", S.lstat(name .. "y").islnk)
show("unlink", S.unlink(name .. "x"), S.unlink(name .. "y"))
local none, err = S.open(name, "rdonly")
show("open fails", none, err, err.NOENT, err.errno, err.sym)
show("mkdir", S.mkdir(name, "rwxu"), S.stat(name).isdir)
assert(util.writefile(name .. "/a", "1", "rusr, wusr"))
assert(util.writefile(name .. "/b", "22", "rusr, wusr"))
local names = {}
for entry in assert(util.ls(name)) do
  names[#names + 1] = entry
end
table.sort(names)
show("ls", unpack(names))
show("rmdir", S.unlink(name .. "/a"), S.unlink(name .. "/b"), S.rmdir(name))

-- Pipes and sockets.
local r, w = assert(S.pipe())
show("pipe", w:write("through"), r:read(nil, 20))
show("pipe closed", w:close(), r:read(nil, 20) == "", r:close())
local a, b = assert(S.socketpair("unix", "stream"))
show("socketpair", a:write("ping"), b:read(nil, 10), b:write("pong!"), a:read(nil, 10))
show("sendmsg", util.sendfds(a, S.stdin) ~= nil, #assert(util.recvcmsg(b)).fd)
a:close()
b:close()
local server = assert(S.socket("inet", "stream, nonblock"))
show("reuse", server:setsockopt("socket", "reuseaddr", true))
show("bind", server:bind(t.sockaddr_in(0, "loopback")), server:listen(5))
local address = assert(server:getsockname())
show("address", address.family == c.AF.INET, address.port > 0, address.addr)
local client = assert(S.socket("inet", "stream"))
show("connect", client:connect(address))
local peer = assert(server:accept())
show("accept", peer:getsockname().port == address.port)
show("send", client:send("over tcp"), peer:recv(buffer, 20), ffi.string(buffer, 8))
show("peer", client:getpeername().port == address.port)

-- epoll.
local ep = assert(S.epoll_create())
show("epoll add", ep:epoll_ctl("add", peer, "in"))
client:write("wake up")
local ready = 0
for _, event in assert(ep:epoll_wait(t.epoll_events(2), 1000)) do
  ready = ready + 1
  show("event", event.IN, event.fd == peer:getfd())
end
show("events", ready, peer:read(nil, 20))
show("epoll del", ep:epoll_ctl("del", peer, 0), ep:close(), peer:close(), client:close(), server:close())

-- Times.
local before = assert(S.clock_gettime("monotonic"))
show("nanosleep", S.nanosleep(0.01) ~= nil)
local after = assert(S.clock_gettime("monotonic"))
show("slept", after.time - before.time >= 0.01, after.time - before.time < 5)
show("gettimeofday", math.abs(S.gettimeofday().time - os.time()) < 5, S.time() >= os.time() - 5)
local tfd = assert(S.timerfd_create("monotonic", "nonblock"))
show("timerfd", tfd:timerfd_settime(nil, { 0, 0.005 }) ~= nil, S.nanosleep(0.02) ~= nil, util.timerfd_read(tfd))
tfd:close()
show("eventfd", (function()
  local e = assert(S.eventfd(0, "nonblock"))
  util.eventfd_write(e, 3)
  util.eventfd_write(e, 4)
  return tonumber(util.eventfd_read(e)), e:close()
end)())

-- Processes.
io.stdout:flush()
local pid = assert(S.fork())
if pid == 0 then
  S.exit(23)
end
local rpid, status = assert(S.waitpid(pid))
show("fork", rpid == pid, status.WIFEXITED, status.EXITSTATUS)
pid = assert(S.fork())
if pid == 0 then
  S.pause()
  S.exit(1)
end
show("kill", S.kill(pid, "term"), select(3, S.waitpid(pid)).TERMSIG == c.SIG.TERM)
show("getpid", S.getpid() > 1, S.getppid() > 0, S.getuid() == S.geteuid())
show("environ", S.setenv("LUNAFFI_SYSCALLS", "set"), S.environ().LUNAFFI_SYSCALLS)
show("uname", S.uname().sysname, #S.uname().machine > 0)
show("getcwd", S.getcwd():sub(1, 1))
show("rlimit", S.getrlimit("nofile").cur > 0)
show("sigprocmask", S.sigprocmask("block", "usr1") ~= nil, S.kill(S.getpid(), "usr1"), S.sigpending().usr1)
show("mmap", (function()
  local mem = assert(S.mmap(nil, 4096, "read, write", "private, anonymous", -1, 0))
  local bytes = ffi.cast("uint8_t *", mem)
  bytes[100] = 77
  return bytes[100], S.munmap(mem, 4096)
end)())
show("umask", S.umask(18) ~= nil)
show("sysinfo", S.sysinfo().procs > 0, S.sysinfo().uptime > 0)
show("sizes", S.types.s.timespec, S.types.s.stat, S.types.s.sockaddr_in, S.types.s.epoll_event, ffi.sizeof(t.iovecs(3)))
show("addresses", t.in_addr("127.0.0.1"), t.in6_addr("::1"), t.sockaddr_in(80, "1.2.3.4").addr)
