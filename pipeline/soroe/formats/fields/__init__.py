"""The fields of JSON and YAML that hold prose: `view` reads them as one text, and makes its edits in the file."""
