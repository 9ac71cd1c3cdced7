;;; Emacs as a client of `soroe server': emacs -q --batch -f package-initialize -l try.el FILE  -*- lexical-binding: t -*-
;; SOROE_LINES is a file of the lines that README gives. What went wrong is told on stderr, and the exit status is 255.
(load (getenv "SOROE_LINES"))
(require 'eglot)
(require 'flymake)
(require 'tex-mode)  ; until it is loaded, latex-mode is derived from nothing

(defun wait (what condition)
  (with-timeout (20 (error "FAIL %s" what))
    (while (not (funcall condition)) (accept-process-output nil 0.02))))

;; The column in UTF-16, from 1.
(defun column () (1+ (/ (length (encode-coding-region (line-beginning-position) (point) 'utf-16le t)) 2)))
(defun found () (sort (flymake-diagnostics) (lambda (a b) (< (flymake-diagnostic-beg a) (flymake-diagnostic-beg b)))))
(defun wait-for (count) (wait (format "%d findings" count) (lambda () (= (length (found)) count))))

;; In batch mode no one is idle: what waits for that is done by hand.
(defun type (text) (goto-char (point-max)) (insert text) (eglot--signal-textDocument/didChange))

(defun apply-first (kind)
  (goto-char (flymake-diagnostic-beg (car (found))))
  (wait (concat "an action of the kind " kind) (lambda () (eglot-code-actions (point) nil kind)))
  (eglot-code-actions (point) nil kind t)
  (eglot--signal-textDocument/didChange))

(setq eglot-sync-connect 20)
(find-file (pop command-line-args-left))
(call-interactively #'eglot)
(flymake-start)
(wait-for 2)
(dolist (one (found))
  (goto-char (flymake-diagnostic-beg one))
  (princ (format "%d:%d %s\n" (line-number-at-pos) (column) (flymake-diagnostic-text one))))

(apply-first "quickfix")
(wait-for 1)
(apply-first "source.fixAll.soroe")
(wait-for 0)
(type "😀ﾎﾌﾏﾝ\n")
(wait-for 1)
(apply-first "source.fixAll.soroe")
(wait-for 0)

(unless (equal (car (last (eglot--lookup-mode 'latex-mode))) '("soroe" "server")) (princ "latex-mode is not soroe's\n"))
(save-buffer)
(eglot-shutdown (eglot-current-server))
(princ "PASS\n")
