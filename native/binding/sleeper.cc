#include "binding/sleeper.h"

#include <utility>

#include "util/unique_fd.h"

namespace pmd::binding {

Sleeper::Sleeper(napi_env env, std::shared_ptr<EventChannel> events, std::shared_ptr<QueueOwner> owner,
                 RxQueue& queue)
    : env_(env),
      owner_(std::move(owner)),
      queue_(queue),
      shared_(std::make_shared<Shared>(std::move(events))) {
  shared_->sleeper = this;
  queue_.waiters().add(this, [shared = shared_] { shared->wake_soon(); });
}

Sleeper::~Sleeper() {
  queue_.waiters().remove(this);
  shared_->sleeper = nullptr;
  shared_->events->unwatch(watch_);
}

void Sleeper::sleep(napi_value callback, bool owns) {
  if (owns) watch();
  callback_ = refer_to(Napi::Value(env_, callback));
  // Before the event is asked for, so that no other news can go by unheard.
  shared_->asleep = true;
  if (!owns || !owner_->arm(queue_)) shared_->wake_soon();
}

void Sleeper::cancel() noexcept {
  shared_->asleep = false;
  callback_.Reset();
}

void Sleeper::stop() noexcept {
  shared_->events->unwatch(std::exchange(watch_, 0));
  shared_->wake_soon();
}

/// From the first sleep on. Without a wait source, readers wake at the periodic check.
void Sleeper::watch() {
  if (watch_ != 0) return;
  UniqueFd source = queue_.share_wait_fd();
  if (!source) return;
  watch_ = shared_->events->watch(std::move(source), [this](Js js, int fd) {
    queue_.take_event(fd);
    queue_.waiters().wake_others(this);
    wake(js);
  });
}

void Sleeper::wake(Js js) {
  shared_->asleep = false;
  const Reference woken = std::exchange(callback_, {});
  if (woken.IsEmpty()) return;
  napi_value global;
  check(napi_get_global(js.env(), &global));
  check(napi_make_callback(js.env(), nullptr, global, woken.Value(), 0, nullptr, nullptr));
}

/// Any thread.
void Sleeper::Shared::wake_soon() {
  if (!asleep) return;
  events->post([self = shared_from_this()](Js js) {
    if (self->sleeper != nullptr) self->sleeper->wake(js);
  });
}

}  // namespace pmd::binding
