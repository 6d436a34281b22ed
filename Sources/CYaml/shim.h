#include <stdlib.h>
#include <string.h>
#include <yaml.h>

// The library's events are a union of structures with pointers; Swift sees one reader with the
// present event.
typedef struct {
    yaml_parser_t parser;
    yaml_event_t event;
    unsigned char *text;
} cyaml_reader;

static inline cyaml_reader *cyaml_open(const unsigned char *text, size_t length) {
    cyaml_reader *reader = (cyaml_reader *)calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->text = (unsigned char *)malloc(length + 1);
    if (!reader->text || !yaml_parser_initialize(&reader->parser)) {
        free(reader->text);
        free(reader);
        return NULL;
    }
    memcpy(reader->text, text, length);
    yaml_parser_set_input_string(&reader->parser, reader->text, length);
    return reader;
}

// Goes to the next event and returns its type, or -1 for a fault.
static inline int cyaml_next(cyaml_reader *reader) {
    yaml_event_delete(&reader->event);
    return yaml_parser_parse(&reader->parser, &reader->event) ? (int)reader->event.type : -1;
}

static inline const char *cyaml_anchor(const cyaml_reader *reader) {
    switch (reader->event.type) {
    case YAML_ALIAS_EVENT: return (const char *)reader->event.data.alias.anchor;
    case YAML_SCALAR_EVENT: return (const char *)reader->event.data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT: return (const char *)reader->event.data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT: return (const char *)reader->event.data.mapping_start.anchor;
    default: return NULL;
    }
}

static inline const char *cyaml_tag(const cyaml_reader *reader) {
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT: return (const char *)reader->event.data.scalar.tag;
    case YAML_SEQUENCE_START_EVENT: return (const char *)reader->event.data.sequence_start.tag;
    case YAML_MAPPING_START_EVENT: return (const char *)reader->event.data.mapping_start.tag;
    default: return NULL;
    }
}

static inline const unsigned char *cyaml_text(const cyaml_reader *reader, size_t *length) {
    *length = reader->event.data.scalar.length;
    return reader->event.data.scalar.value;
}

static inline int cyaml_is_plain(const cyaml_reader *reader) {
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static inline const char *cyaml_fault(const cyaml_reader *reader, size_t *line, size_t *column) {
    yaml_mark_t mark = reader->parser.problem_mark;
    *line = mark.line;
    *column = mark.column;
    return reader->parser.problem;
}

static inline void cyaml_place(const cyaml_reader *reader, size_t *line, size_t *column) {
    *line = reader->event.start_mark.line;
    *column = reader->event.start_mark.column;
}

static inline void cyaml_close(cyaml_reader *reader) {
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
    free(reader->text);
    free(reader);
}
