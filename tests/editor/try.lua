-- Neovim as a client of `soroe server`: nvim --headless -u NONE -i NONE -n -c "luafile try.lua" FILE
-- SOROE_LINES is a file of the lines that README gives for Neovim 0.11. Older ones start the server by what they have.
-- What went wrong is told on stderr, and the exit status is 1.
local function fail(what) io.stderr:write("FAIL " .. what .. "\n"); vim.cmd("cquit 1") end
local function wait(what, condition) if not vim.wait(20000, condition, 20) then fail(what) end end

local buffer = vim.api.nvim_get_current_buf()
local id
if vim.lsp.enable then
  vim.cmd("filetype on")
  dofile(vim.env.SOROE_LINES)
  vim.cmd("edit")
  wait("a client of the name soroe", function() return vim.lsp.get_clients({ bufnr = buffer, name = "soroe" })[1] end)
  id = vim.lsp.get_clients({ bufnr = buffer, name = "soroe" })[1].id
else
  id = vim.lsp.start_client({ name = "soroe", cmd = { "soroe", "server" }, root_dir = vim.fn.getcwd() })
  if not id then fail("the server did not start") end
  vim.lsp.buf_attach_client(buffer, id)
end
wait("initialize", function() local client = vim.lsp.get_client_by_id(id); return client and client.initialized end)
local client = vim.lsp.get_client_by_id(id)
local function found() return vim.diagnostic.get(buffer) end
local document = { uri = vim.uri_from_bufnr(buffer) }

-- The column in UTF-16, from 0. diagnostic.col is in bytes.
local function column_of(diagnostic)
  local line = vim.api.nvim_buf_get_lines(buffer, diagnostic.lnum, diagnostic.lnum + 1, true)[1]
  local _, utf16 = vim.str_utfindex(line, diagnostic.col)
  return utf16
end

-- A place as client and server agreed to count: Neovim 0.7 knows UTF-16 alone, 0.11 asks for UTF-8.
local function position_of(diagnostic)
  local is_utf8 = client.offset_encoding == "utf-8"
  return { line = diagnostic.lnum, character = is_utf8 and diagnostic.col or column_of(diagnostic) }
end

-- Applies the first action of a kind, as an editor does.
local function apply(position, kind)
  local range = { start = position, ["end"] = position }
  local context = { diagnostics = {}, only = { kind } }
  local answer = client.request_sync("textDocument/codeAction", { textDocument = document, range = range, context = context }, 9000, buffer)
  local action = answer and answer.result and answer.result[1]
  if not action then fail("no action of the kind " .. kind) end
  io.stdout:write("apply " .. action.title .. "\n")
  vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
end

wait("two findings when opened", function() return #found() == 2 end)
for _, d in ipairs(found()) do
  local lsp = d.user_data.lsp
  io.stdout:write(("%d:%d %s %s\n"):format(d.lnum + 1, column_of(d) + 1, lsp.code, d.message))
  if not (lsp.codeDescription and lsp.codeDescription.href:find("^file:///")) then fail("no page that documents the rule") end
end

local first = position_of(found()[1])
local hover = client.request_sync("textDocument/hover", { textDocument = document, position = first }, 9000, buffer)
if not (hover and hover.result and hover.result.contents.value:find("C101: half%-width katakana")) then fail("hover") end

apply(first, "quickfix")
wait("one finding left", function() return #found() == 1 end)
apply(position_of(found()[1]), "source.fixAll")
wait("none left", function() return #found() == 0 end)

vim.api.nvim_buf_set_lines(buffer, -1, -1, true, { "😀ﾎﾌﾏﾝ" })
wait("one while typing", function() return #found() == 1 end)
apply(position_of(found()[1]), "source.fixAll")
wait("none again", function() return #found() == 0 end)

vim.cmd("write")
client.stop()
wait("the server stops", function() return client.is_stopped() end)
io.stdout:write("PASS\n")
vim.cmd("qall!")
