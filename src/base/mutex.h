#pragma once

// The mutexes of the tree. They are those of the standard library with what clang needs to check
// at compile time that each access to guarded data holds its mutex (-Wthread-safety, an error):
//
//   Mutex mutex_;
//   std::vector<Waiter> waiters_ OCTAVO_GUARDED_BY(mutex_);
//   void grow() OCTAVO_REQUIRES(mutex_);        // the caller holds it
//
// Under other compilers the attributes are empty. At run time nothing is added.
//
// What the check cannot see: a lambda is a function of its own, so one that reads guarded data says
// `[&]() OCTAVO_REQUIRES(mutex_) {…}`, and a wait is a loop around `Condition::wait` instead of a
// wait with a predicate. Constructors and destructors are not looked at.
//
// None of these is held across a co_await: the coroutine may go on in another thread.

#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define OCTAVO_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define OCTAVO_THREAD_ATTRIBUTE(x)
#endif

#define OCTAVO_CAPABILITY(name) OCTAVO_THREAD_ATTRIBUTE(capability(name))
#define OCTAVO_SCOPED_CAPABILITY OCTAVO_THREAD_ATTRIBUTE(scoped_lockable)
// Of data: read and written with the mutex held.
#define OCTAVO_GUARDED_BY(mutex) OCTAVO_THREAD_ATTRIBUTE(guarded_by(mutex))
// Of functions.
#define OCTAVO_REQUIRES(...) OCTAVO_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define OCTAVO_REQUIRES_SHARED(...) OCTAVO_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define OCTAVO_ACQUIRE(...) OCTAVO_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define OCTAVO_ACQUIRE_SHARED(...) OCTAVO_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define OCTAVO_TRY_ACQUIRE(...) OCTAVO_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define OCTAVO_RELEASE(...) OCTAVO_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define OCTAVO_RELEASE_SHARED(...) OCTAVO_THREAD_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
// A function that is not looked at, for a reason that stands beside it.
#define OCTAVO_UNCHECKED_LOCKING OCTAVO_THREAD_ATTRIBUTE(no_thread_safety_analysis)
#define OCTAVO_ASSERT_HELD(...) OCTAVO_THREAD_ATTRIBUTE(assert_capability(__VA_ARGS__))

namespace octavo {

class OCTAVO_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() OCTAVO_ACQUIRE() { mutex_.lock(); }
  void unlock() OCTAVO_RELEASE() { mutex_.unlock(); }
  [[nodiscard]] bool try_lock() OCTAVO_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  // Told to the compiler where it cannot know; each use says why. Nothing at run time.
  void assert_held() const OCTAVO_ASSERT_HELD() {}

 private:
  std::mutex mutex_;
};

// Held from here to the end of the block, but between `unlock` and `lock`.
class OCTAVO_SCOPED_CAPABILITY MutexLock {
 public:
  [[nodiscard]] explicit MutexLock(Mutex& mutex) OCTAVO_ACQUIRE(mutex) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() OCTAVO_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() OCTAVO_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }
  void lock() OCTAVO_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// One who writes or any number who read.
class OCTAVO_CAPABILITY("shared mutex") SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;
  SharedMutex& operator=(const SharedMutex&) = delete;

  void lock() OCTAVO_ACQUIRE() { mutex_.lock(); }
  void unlock() OCTAVO_RELEASE() { mutex_.unlock(); }
  void lock_shared() OCTAVO_ACQUIRE_SHARED() { mutex_.lock_shared(); }
  void unlock_shared() OCTAVO_RELEASE_SHARED() { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

class OCTAVO_SCOPED_CAPABILITY ExclusiveLock {
 public:
  [[nodiscard]] explicit ExclusiveLock(SharedMutex& mutex) OCTAVO_ACQUIRE(mutex) : mutex_(mutex) {
    mutex_.lock();
  }
  ~ExclusiveLock() OCTAVO_RELEASE() { mutex_.unlock(); }
  ExclusiveLock(const ExclusiveLock&) = delete;
  ExclusiveLock& operator=(const ExclusiveLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class OCTAVO_SCOPED_CAPABILITY SharedLock {
 public:
  [[nodiscard]] explicit SharedLock(SharedMutex& mutex) OCTAVO_ACQUIRE_SHARED(mutex)
      : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~SharedLock() OCTAVO_RELEASE() { mutex_.unlock_shared(); }
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

 private:
  SharedMutex& mutex_;
};

}  // namespace octavo
