# Makes one source file that holds the page's files as text.
set(page_types html "text/html" css "text/css" js "text/javascript" svg "image/svg+xml")

function(crosswatch_embed_page folder schemas output)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(extension ${file} LAST_EXT)
    string(SUBSTRING ${extension} 1 -1 extension)
    list(FIND page_types ${extension} at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${folder}/${file}: the server knows no type for .${extension} (assets.cmake)")
    endif()
    math(EXPR at "${at} + 1")
    list(GET page_types ${at} type)
    if(type MATCHES "^text/")
      string(APPEND type "; charset=utf-8")
    endif()
    file(READ ${folder}/${file} content)
    file(SHA256 ${folder}/${file} hash)
    string(SUBSTRING ${hash} 0 16 hash)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${file})
    string(APPEND rows "    {\"/${file}\", \"${type}\", R\"~page~(${content})~page~\", \"\\\"${hash}\\\"\"},\n")
  endforeach()
  file(READ ${schemas} schemas_text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schemas})
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "server/assets.hpp"

namespace crosswatch::host::server {
namespace {
constexpr Asset assets[] = {
@rows@};
}  // namespace

const Asset* find_asset(std::string_view path) noexcept {
  if (path == "/") path = "/index.html";
  for (const Asset& a : assets)
    if (a.path == path) return &a;
  return nullptr;
}

std::string_view schemas_text() noexcept { return R"~page~(@schemas_text@)~page~"; }

}  // namespace crosswatch::host::server
]])
endfunction()
