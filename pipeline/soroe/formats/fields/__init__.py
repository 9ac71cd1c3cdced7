"""The fields of JSON and YAML that hold prose: `view` reads them as one text, and makes its edits in the file."""

NO_YAML = "YAML is read with PyYAML, which is not installed: pip install 'soroe[yaml]'"
