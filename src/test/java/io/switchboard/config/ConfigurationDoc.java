package io.switchboard.config;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The tables of docs/configuration.md, made from the source of {@link SwitchboardConfig} by the compiler's own parser. */
final class ConfigurationDoc {
    private static final Path SOURCE = Path.of("src/main/java/io/switchboard/config/SwitchboardConfig.java");
    private static final Pattern FALLBACK = Pattern.compile("\\$\\{([^:}]+):([^}]*)}");

    /** One row. */
    record Setting(String name, String byDefault, String meaning) {}

    private final CompilationUnitTree unit;
    private final DocTrees docs;
    private final Map<String, ClassTree> groups = new LinkedHashMap<>();

    private ConfigurationDoc(CompilationUnitTree unit, DocTrees docs) {
        this.unit = unit;
        this.docs = docs;
    }

    /** Markdown: a section for each group of settings, in the order of the source. */
    static String render() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, List.of("-proc:none"), null, files.getJavaFileObjects(SOURCE));
            CompilationUnitTree unit = task.parse().iterator().next();
            return new ConfigurationDoc(unit, DocTrees.instance(task)).sections();
        }
    }

    private String sections() {
        ClassTree root = (ClassTree) unit.getTypeDecls().getFirst();
        for (Tree member : root.getMembers()) {
            if (member instanceof ClassTree group && group.getKind() == Tree.Kind.INTERFACE) {
                groups.put(group.getSimpleName().toString(), group);
            }
        }
        StringBuilder text = new StringBuilder();
        List<Setting> general = new ArrayList<>();
        for (MethodTree method : methods(root)) {
            if (group(method).isEmpty()) {
                general.add(setting("switchboard", method));
            }
        }
        section(text, "In general", "", general);
        for (MethodTree method : methods(root)) {
            group(method).ifPresent(group -> {
                String meaning = meaning(method);
                List<Setting> settings = new ArrayList<>();
                collect(group, "switchboard." + name(method) + key(method), settings);
                section(text, meaning.split("[:;.]", 2)[0], meaning, settings);
            });
        }
        return text.toString();
    }

    private void collect(ClassTree group, String prefix, List<Setting> into) {
        for (MethodTree method : methods(group)) {
            group(method)
                    .ifPresentOrElse(
                            inner -> collect(inner, prefix + "." + name(method) + key(method), into),
                            () -> into.add(setting(prefix, method)));
        }
    }

    private static void section(StringBuilder text, String title, String intro, List<Setting> settings) {
        text.append("### ").append(title).append("\n\n");
        if (intro.startsWith(title + ": ")) {
            String rest = intro.substring(title.length() + 2);
            text.append(rest.substring(0, 1).toUpperCase(Locale.ROOT))
                    .append(rest.substring(1))
                    .append("\n\n");
        }
        text.append("| Setting | Default | Meaning |\n|---|---|---|\n");
        for (Setting setting : settings) {
            text.append("| `%s` | %s | %s |%n".formatted(setting.name(), setting.byDefault(), setting.meaning()));
        }
        text.append('\n');
    }

    private static List<MethodTree> methods(ClassTree type) {
        return type.getMembers().stream()
                .filter(MethodTree.class::isInstance)
                .map(MethodTree.class::cast)
                .filter(method -> annotation(method, "ConfigDocIgnore").isEmpty())
                .toList();
    }

    /** The group that a method gives, or of which it gives a map. */
    private Optional<ClassTree> group(MethodTree method) {
        String type = method.getReturnType().toString();
        return Optional.ofNullable(groups.get(type.replaceFirst("^Map<String, ?(.*)>$", "$1")));
    }

    private static String key(MethodTree method) {
        String key = annotation(method, "ConfigDocMapKey")
                .map(name -> ".<" + name + ">")
                .orElse("");
        if (method.getReturnType().toString().startsWith("Map<") == key.isEmpty()) {
            throw new AssertionError(method.getName() + ": a map, and only a map, needs @ConfigDocMapKey");
        }
        return key;
    }

    private Setting setting(String prefix, MethodTree method) {
        return new Setting(
                prefix + "." + name(method) + key(method),
                annotation(method, "WithDefault")
                        .map(ConfigurationDoc::byDefault)
                        .orElse(""),
                meaning(method));
    }

    private static String byDefault(String value) {
        Matcher fallback = FALLBACK.matcher(value);
        return fallback.matches()
                ? "`" + fallback.group(1) + "`, else `" + fallback.group(2).replace(",", ", ") + "`"
                : "`" + value + "`";
    }

    private static String name(MethodTree method) {
        return annotation(method, "WithName")
                .orElseGet(() ->
                        method.getName().toString().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
    }

    /** The value of an annotation, empty where it has none. */
    private static Optional<String> annotation(MethodTree method, String name) {
        for (AnnotationTree annotation : method.getModifiers().getAnnotations()) {
            if (annotation.getAnnotationType().toString().equals(name)) {
                return Optional.of(
                        annotation.getArguments().isEmpty()
                                ? ""
                                : literal(annotation.getArguments().getFirst()));
            }
        }
        return Optional.empty();
    }

    private static String literal(ExpressionTree argument) {
        ExpressionTree value = argument instanceof AssignmentTree assignment ? assignment.getExpression() : argument;
        if (value instanceof com.sun.source.tree.LiteralTree literal) {
            return String.valueOf(literal.getValue());
        }
        throw new AssertionError("not a literal: " + value);
    }

    private String meaning(MethodTree method) {
        DocCommentTree comment = docs.getDocCommentTree(TreePath.getPath(unit, method));
        if (comment == null) {
            throw new AssertionError(method.getName() + " has no javadoc");
        }
        StringBuilder text = new StringBuilder();
        comment.getFullBody().forEach(part -> text.append(markdown(part)));
        return text.toString().strip().replaceAll("\\s+", " ").replace("|", "\\|");
    }

    private static String markdown(DocTree part) {
        return switch (part) {
            case TextTree text -> text.getBody();
            case LiteralTree code
            when code.getKind() == DocTree.Kind.CODE -> "`" + code.getBody().getBody() + "`";
            case LiteralTree literal -> literal.getBody().getBody();
            case LinkTree link -> "`" + link.getReference().getSignature() + "`";
            case EntityTree entity -> entity.toString();
            default -> throw new AssertionError("no way to show in Markdown: " + part);
        };
    }
}
