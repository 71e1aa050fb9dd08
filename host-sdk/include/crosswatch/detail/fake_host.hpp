// The definitions of fake_host.hpp.
#pragma once

namespace crosswatch {

template <class F>
cw_status FakeHost::served(void* ctx, F&& body) noexcept {
  auto& self = *static_cast<FakeHost*>(ctx);
  try {
    return body(self);
  } catch (...) {
    return CW_STORAGE;
  }
}

inline FakeHost::FakeHost() {
  // Visits outside the lock: a visitor may ask for the next thing.
  static constexpr auto visit_all = [](const std::vector<std::string>& values, cw_str_visitor visit, void* user) {
    for (const std::string& v : values) visit(user, str(v));
    return values.empty() ? CW_NOT_FOUND : CW_OK;
  };
  static constexpr auto find_one = [](FakeHost& self, const auto& map, cw_str key) {
    const std::lock_guard lock(self.mutex_);
    const auto at = map.find(view(key));
    return at == map.end() ? std::vector<std::string>{} : std::vector<std::string>{at->second};
  };
  raw_.struct_size = sizeof raw_;
  raw_.abi_major = CW_ABI_MAJOR;
  raw_.abi_minor = CW_ABI_MINOR;
  raw_.ctx = this;
  raw_.log = [](void* c, std::int32_t level, cw_str text) noexcept {
    static_cast<void>(served(c, [&](FakeHost& self) {
      const std::lock_guard lock(self.mutex_);
      self.lines_.push_back({static_cast<LogLevel>(level), std::string(view(text))});
      return CW_OK;
    }));
  };
  raw_.config = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return served(c, [&](FakeHost& self) {
      std::unique_lock lock(self.mutex_);
      const auto at = self.settings.find(view(key));
      const auto values = at == self.settings.end() ? std::vector<std::string>{} : at->second;
      lock.unlock();
      return visit_all(values, visit, user);
    });
  };
  raw_.secret = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return served(c, [&](FakeHost& self) {
      auto values = find_one(self, self.secrets, key);
      const cw_status status = visit_all(values, visit, user);
      for (std::string& v : values) std::fill(v.begin(), v.end(), '\0');  // whoever kept a view sees it gone
      return status;
    });
  };
  raw_.kv_get = [](void* c, cw_str key, cw_str_visitor visit, void* user) noexcept {
    return served(c, [&](FakeHost& self) { return visit_all(find_one(self, self.kv, key), visit, user); });
  };
  raw_.kv_set = [](void* c, cw_str key, cw_str value) noexcept {
    return served(c, [&](FakeHost& self) -> cw_status {
      if (const cw_status answer = self.kv_set_answer; answer != CW_OK) return answer;
      if (value.size > 64 * 1024) return CW_UNSUPPORTED;
      const std::lock_guard lock(self.mutex_);
      if (value.size == 0)
        self.kv.erase(std::string(view(key)));
      else
        self.kv.insert_or_assign(std::string(view(key)), std::string(view(value)));
      return CW_OK;
    });
  };
  raw_.data_dir = [](void* c, cw_str_visitor visit, void* user) noexcept {
    return served(c, [&](FakeHost& self) -> cw_status {
      if (const cw_status answer = self.data_dir_answer; answer != CW_OK) return answer;
      visit(user, str(self.data_dir().native()));
      return CW_OK;
    });
  };
  raw_.now_ms = [](void* c) noexcept { return static_cast<FakeHost*>(c)->clock_ms.load(); };
  raw_.query = [](void*, const char* id) noexcept -> const void* {
    static constexpr cw_settings store{sizeof(cw_settings), 0, [](void* c, cw_str key, cw_str value) noexcept {
                                         return served(c, [&](FakeHost& self) -> cw_status {
                                           const std::lock_guard lock(self.mutex_);
                                           self.stored.emplace_back(view(key), view(value));
                                           self.secrets.insert_or_assign(std::string(view(key)),
                                                                         std::string(view(value)));
                                           return CW_OK;
                                         });
                                       }};
    return id && std::string_view(id) == CW_SETTINGS_IID ? &store : nullptr;
  };
}

inline FakeHost::~FakeHost() {
  std::error_code leftover;  // a folder that stays behind in /tmp is no reason to fail a test
  if (!data_dir_.empty()) std::filesystem::remove_all(data_dir_, leftover);
}

inline std::vector<FakeHost::LogLine> FakeHost::log_lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

inline bool FakeHost::logged(std::string_view part) const {
  const auto lines = log_lines();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const LogLine& l) { return l.text.find(part) != std::string::npos; });
}

inline std::filesystem::path FakeHost::data_dir() {
  const std::lock_guard lock(mutex_);
  if (data_dir_.empty()) {
    std::string name = (std::filesystem::temp_directory_path() / "crosswatch-XXXXXX").native();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
    data_dir_ = name;
  }
  return data_dir_;
}

inline FakeCall::FakeCall(FakeHost& host) : host_(host) {
  raw_.struct_size = sizeof raw_;
  raw_.ctx = this;
  raw_.wait = &FakeCall::wait;
  raw_.progress = [](void* c, std::uint64_t done_now, std::uint64_t total_now) noexcept {
    of(c).done = done_now;
    of(c).total = total_now;
  };
  raw_.watch = &FakeCall::watch;
  raw_.unwatch = &FakeCall::unwatch;
}

inline void FakeCall::cancel() {
  std::unique_lock lock(mutex_);
  if (std::exchange(cancelled_, true)) return;
  runner_ = std::this_thread::get_id();
  while (!watches_.empty()) {
    running_ = watches_.back();
    watches_.pop_back();
    lock.unlock();  // a wake-up may take the provider's own locks
    running_->wake(running_->user);
    lock.lock();
    running_ = nullptr;
    changed_.notify_all();
  }
}

inline bool FakeCall::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

inline cw_status FakeCall::wait(void* ctx, std::uint32_t ms) noexcept {
  FakeCall& self = of(ctx);
  if (ms != 0 && !self.cancelled()) {
    self.waited_ms += ms;
    self.host_.clock_ms += ms;
    if (self.on_wait) self.on_wait();
  }
  return self.cancelled() ? CW_CANCELLED : CW_OK;
}

inline void FakeCall::watch(void* ctx, cw_watch* w) noexcept {
  FakeCall& self = of(ctx);
  {
    const std::lock_guard lock(self.mutex_);
    if (!self.cancelled_) return self.watches_.push_back(w);
  }
  w->wake(w->user);
}

inline void FakeCall::unwatch(void* ctx, cw_watch* w) noexcept {
  FakeCall& self = of(ctx);
  std::unique_lock lock(self.mutex_);
  std::erase(self.watches_, w);
  // A wake-up that unregisters itself must not wait for itself.
  if (self.runner_ != std::this_thread::get_id()) self.changed_.wait(lock, [&] { return self.running_ != w; });
}

inline FactCollector::FactCollector() {
  raw = {sizeof raw, this, [](void* c, const cw_facts* page) noexcept -> cw_status {
           auto& self = *static_cast<FactCollector*>(c);
           for_each<cw_fact>(page->first, page->count, page->stride,
                             [&](const cw_fact& f) { self.facts.push_back(to_fact(f)); });
           self.pages.push_back(static_cast<std::size_t>(page->count));
           return self.answer ? self.answer() : CW_OK;
         }};
}

inline SettingCollector::SettingCollector() {
  raw = {sizeof raw, this, [](void* c, cw_str key, cw_str value) noexcept -> cw_status {
           static_cast<SettingCollector*>(c)->entries.emplace_back(view(key), view(value));
           return CW_OK;
         }};
}

inline ReportCollector::ReportCollector() {
  raw = {sizeof raw, this, [](void* c, cw_str section, cw_str key, cw_str value) noexcept -> cw_status {
           static_cast<ReportCollector*>(c)->lines[std::string(view(section)) + "." + std::string(view(key))] =
               view(value);
           return CW_OK;
         }};
}

inline EventCollector::EventCollector() {
  raw = {sizeof raw,
         this,
         [](void* c, const cw_event* e) noexcept -> cw_status {
           auto& self = *static_cast<EventCollector*>(c);
           self.events.push_back(to_event(*e));
           return self.on_event ? self.on_event() : CW_OK;
         },
         [](void* c, cw_str text) noexcept -> cw_status {
           static_cast<EventCollector*>(c)->cursor = view(text);
           return CW_OK;
         },
         [](void* c, std::uint32_t state, cw_str reason) noexcept -> cw_status {
           static_cast<EventCollector*>(c)->links.emplace_back(static_cast<Link>(state), std::string(view(reason)));
           return CW_OK;
         },
         [](void* c, cw_str reason, std::uint64_t count) noexcept -> cw_status {
           static_cast<EventCollector*>(c)->dropped[std::string(view(reason))] += count;
           return CW_OK;
         }};
}

}  // namespace crosswatch
