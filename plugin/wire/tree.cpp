#include "wire/tree.hpp"

#include <algorithm>
#include <cctype>

#include "wire/document.hpp"

namespace crosswatch::plex::wire {
namespace {

constexpr std::size_t max_bytes = 8 * 1024 * 1024;

bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

// Builds the tree depth first: `open_` holds the nodes from the root to the one being filled, by value, so that
// growing a list of children moves nothing that is pointed to.
class JsonTree {
public:
  std::string failure{};
  Node root{};

  bool Key(const char* s, rapidjson_plex::SizeType n, bool) {
    levels_.back().key.assign(s, n);
    return true;
  }
  bool String(const char* s, rapidjson_plex::SizeType n, bool) { return scalar({s, n}); }
  bool RawNumber(const char* s, rapidjson_plex::SizeType n, bool) { return scalar({s, n}); }
  bool Bool(bool b) { return scalar(b ? "1" : "0"); }
  bool Null() { return true; }
  bool StartObject() { return enter(false); }
  bool EndObject(rapidjson_plex::SizeType) { return leave(); }
  bool StartArray() { return enter(true); }
  bool EndArray(rapidjson_plex::SizeType) { return leave(); }
  bool Int(int) { return true; }
  bool Uint(unsigned) { return true; }
  bool Int64(std::int64_t) { return true; }
  bool Uint64(std::uint64_t) { return true; }
  bool Double(double) { return true; }

private:
  // An object fills a node of its own; an array puts its elements into the node around it, under its own name.
  struct Level {
    bool array = false;
    std::string key{};
    Node node{};
  };

  bool enter(bool array) {
    if (levels_.size() == max_depth) {
      failure = "it is nested too deeply";
      return false;
    }
    Level level;
    level.array = array;
    if (!levels_.empty()) level.node.name = levels_.back().key;
    level.key = level.node.name;
    levels_.push_back(std::move(level));
    return true;
  }
  bool leave() {
    Level done = std::move(levels_.back());
    levels_.pop_back();
    if (levels_.empty()) {
      root = std::move(done.node);
    } else if (done.array) {
      auto& into = levels_.back().node.children;
      std::move(done.node.children.begin(), done.node.children.end(), std::back_inserter(into));
    } else {
      levels_.back().node.children.push_back(std::move(done.node));
    }
    return true;
  }
  bool scalar(std::string_view value) {
    std::string text = printable(value);
    if (levels_.empty()) {
      root.text = std::move(text);
    } else if (Level& level = levels_.back(); level.array) {
      level.node.children.push_back({level.key, std::move(text), {}, {}});
    } else {
      level.node.attributes.emplace_back(level.key, std::move(text));
    }
    return true;
  }
  std::vector<Level> levels_{};
};

class XmlTree : public XmlHandler {
public:
  Node root{};

  void start(std::string_view name, const XmlAttributes& attributes, unsigned) override {
    open_.push_back({std::string(name), {}, {}, {}});
    for (const auto& [key, value] : attributes) open_.back().attributes.emplace_back(key, printable(value));
  }
  void end(unsigned) override {
    Node done = std::move(open_.back());
    open_.pop_back();
    const std::size_t last = done.text.find_last_not_of(" \t\r\n");
    done.text.erase(last == std::string::npos ? 0 : last + 1);
    done.text.erase(0, std::min(done.text.find_first_not_of(" \t\r\n"), done.text.size()));
    (open_.empty() ? root : open_.back().children.emplace_back()) = std::move(done);
  }
  void text(std::string_view text) override {
    if (!open_.empty()) open_.back().text += text;
  }

private:
  std::vector<Node> open_{};
};

}  // namespace

std::string_view Node::attr(std::string_view key) const noexcept {
  for (const auto& [name_of, value] : attributes)
    if (name_of == key) return value;
  return {};
}

const Node* Node::child(std::string_view child_name) const noexcept {
  for (const Node& c : children)
    if (same(c.name, child_name)) return &c;
  return nullptr;
}

std::vector<const Node*> Node::list(std::string_view one, std::string_view many) const {
  std::vector<const Node*> out;
  for (const Node& c : children) {
    if (same(c.name, one) || (many.empty() && c.name.empty())) {
      out.push_back(&c);
    } else if (!many.empty() && same(c.name, many)) {
      const auto inner = c.list(one, one);
      if (c.attributes.empty() && c.text.empty())
        out.insert(out.end(), inner.begin(), inner.end());
      else
        out.push_back(&c);
    }
  }
  return out;
}

Node parse_tree(std::string& body, std::string_view what) {
  if (body.size() > max_bytes) refuse(what, "answer_too_large", "it has more than 8 MiB");
  const Start start = begin_of(body, what);
  if (!start.json) {
    XmlTree tree;
    parse_xml(body, start.offset, what, tree);
    return std::move(tree.root);
  }
  JsonTree tree;
  parse_json(body, start.offset, what, tree);
  if (tree.root.attributes.empty() && tree.root.children.size() == 1 && tree.root.children[0].name == "MediaContainer")
    return std::move(tree.root.children[0]);
  return std::move(tree.root);
}

std::string error_text(std::string body) noexcept {
  try {
    if (body.size() > 64 * 1024) return {};
    const std::size_t title = body.find("<title>");
    if (const std::size_t end = body.find("</title>"); title != body.npos && end != body.npos && end > title)
      return utf8(body.substr(title + 7, std::min<std::size_t>(end - title - 7, 200)));
    const Node root = parse_tree(body, "The error answer");
    const auto message = [](const Node& n) {
      for (const std::string_view key : {"message", "status", "error"})
        if (const std::string_view text = n.attr(key); !text.empty() && !to_int(text)) return std::string(text);
      return std::string();
    };
    for (const Node* n : root.list("error", "errors"))
      if (std::string text = message(*n); !text.empty()) return text.substr(0, 200);
    return message(root).substr(0, 200);
  } catch (const std::exception&) {
    return {};  // an error answer that says nothing readable is still an error
  }
}

}  // namespace crosswatch::plex::wire
