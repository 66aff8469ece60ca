//! Reads a source file with syn. What syn does not parse, the arguments of macros and attributes, is read as tokens.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::source::{Child, Function, Import, Module, Path, Source, Used, module_of};

pub fn read(name: &str, text: &str) -> Source {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name} is not Rust: {error}"));
    let module = module_of(name);
    let source = Source {
        name: name.to_owned(),
        docs: docs(&file.attrs),
        modules: BTreeMap::from([(module.clone(), Module::default())]),
        used: Vec::new(),
        functions: Vec::new(),
        words: Vec::new(),
    };
    let mut reader = Reader { source, module, of_a_trait: false, conditional: false };
    reader.visit_file(&file);
    reader.source
}

struct Reader {
    source: Source,
    module: Path,
    /// In an `impl Trait for`: the trait decides about the signatures.
    of_a_trait: bool,
    /// In something that only some machines compile: its counterpart elsewhere decides about the signatures.
    conditional: bool,
}

impl Reader {
    fn here(&mut self) -> &mut Module {
        self.source.modules.entry(self.module.clone()).or_default()
    }

    fn used(&mut self, path: Path, line: usize, imported: bool) {
        self.source.used.push(Used { module: self.module.clone(), path, line, imported });
    }

    fn word(&mut self, word: &str, at: Span) {
        self.source.words.push((word.to_owned(), line(at)));
    }

    /// `a::{b, c::{d, e as f}}` -> `a::b`, `a::c::d`, `a::c::e`.
    fn leaves(&mut self, tree: &syn::UseTree, prefix: &[String]) {
        let (ident, alias) = match tree {
            syn::UseTree::Path(path) => return self.leaves(&path.tree, &joined(prefix, &path.ident)),
            syn::UseTree::Group(group) => return group.items.iter().for_each(|tree| self.leaves(tree, prefix)),
            syn::UseTree::Glob(glob) => {
                let path = joined(prefix, &"*");
                self.here().imports.push(Import { alias: "*".to_owned(), path: path.clone() });
                return self.used(path, line(glob.star_token.spans[0]), true);
            }
            syn::UseTree::Name(name) => (&name.ident, None),
            syn::UseTree::Rename(rename) => (&rename.ident, Some(rename.rename.to_string())),
        };
        let path = if ident == "self" && !prefix.is_empty() { prefix.to_vec() } else { joined(prefix, ident) };
        let alias = alias.or_else(|| path.last().cloned()).unwrap_or_default();
        self.here().imports.push(Import { alias, path: path.clone() });
        self.used(path, line(ident.span()), true);
    }

    /// The paths and words of code that syn does not parse: the arguments of macros and attributes.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let punct = |at: usize, c: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
        let ident = |at: usize| match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        };
        let is_call = |at: usize| {
            matches!(tokens.get(at), Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty())
        };
        let mut at = 0;
        while at < tokens.len() {
            if let TokenTree::Group(group) = &tokens[at] {
                self.tokens(group.stream());
            }
            let Some(first) = ident(at) else {
                at += 1;
                continue;
            };
            if at > 0 && punct(at - 1, '.') && is_call(at + 1) {
                self.word(&format!(".{first}()"), first.span());
            } else if punct(at + 1, '!') {
                self.word(&format!("{first}!"), first.span());
            } else if first == "async" || first == "await" {
                self.word(&first.to_string(), first.span());
            }
            let mut path = vec![unraw(first)];
            at += 1;
            while let (true, true, Some(next)) = (punct(at, ':'), punct(at + 1, ':'), ident(at + 2)) {
                path.push(unraw(next));
                at += 3;
            }
            if path.len() > 1 {
                self.used(path, line(first.span()), false);
            }
        }
    }

    fn item_name(item: &syn::Item) -> Option<String> {
        Some(match item {
            syn::Item::Const(item) => item.ident.to_string(),
            syn::Item::Enum(item) => item.ident.to_string(),
            syn::Item::Fn(item) => item.sig.ident.to_string(),
            syn::Item::Static(item) => item.ident.to_string(),
            syn::Item::Struct(item) => item.ident.to_string(),
            syn::Item::Trait(item) => item.ident.to_string(),
            syn::Item::TraitAlias(item) => item.ident.to_string(),
            syn::Item::Type(item) => item.ident.to_string(),
            syn::Item::Union(item) => item.ident.to_string(),
            // They are named by nobody, but a file that holds them is more than a face.
            syn::Item::Impl(_) => "impl".to_owned(),
            syn::Item::Macro(item) => item.ident.as_ref().map_or_else(|| "macro".to_owned(), ToString::to_string),
            _ => return None,
        })
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = item_attributes(item);
        // A module of tests is noted, so that its file is left out too.
        if is_test(attributes) && !matches!(item, syn::Item::Mod(_)) {
            return;
        }
        if let Some(name) = Self::item_name(item) {
            self.here().items.insert(name);
        }
        let outer = self.conditional;
        self.conditional |= is_conditional(attributes);
        visit::visit_item(self, item);
        self.conditional = outer;
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = unraw(&item.ident);
        let only_tests = is_test(&item.attrs);
        if item.content.is_none() {
            let public = matches!(item.vis, syn::Visibility::Public(_));
            let child = Child { public, only_tests, conditional: self.conditional };
            self.here().children.insert(name, child);
        } else if !only_tests {
            self.here().items.insert(name.clone());
            self.module.push(name);
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.leaves(&item.tree, &[]);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outer = std::mem::replace(&mut self.of_a_trait, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.of_a_trait = outer;
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let outer = std::mem::replace(&mut self.of_a_trait, true);
        visit::visit_item_trait(self, item);
        self.of_a_trait = outer;
    }

    fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Const(item) => &item.attrs,
            syn::ImplItem::Fn(item) => &item.attrs,
            syn::ImplItem::Type(item) => &item.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !is_test(attributes) {
            let outer = self.conditional;
            self.conditional |= is_conditional(attributes);
            visit::visit_impl_item(self, item);
            self.conditional = outer;
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(asyncness) = &signature.asyncness {
            self.word("async", asyncness.span);
        }
        let typed: Vec<&syn::PatType> = signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(typed) => Some(typed),
                syn::FnArg::Receiver(_) => None,
            })
            .collect();
        let free = !self.of_a_trait && !self.conditional;
        let unused = typed.iter().filter(|_| free).filter_map(|typed| match &*typed.pat {
            syn::Pat::Ident(pat) => Some(pat.ident.to_string()).filter(|name| name.starts_with('_')),
            _ => None,
        });
        self.source.functions.push(Function {
            name: signature.ident.to_string(),
            line: line(signature.ident.span()),
            parameters: typed.len(),
            unused: unused.collect(),
        });
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, expr: &'ast syn::ExprAsync) {
        self.word("async", expr.async_token.span);
        visit::visit_expr_async(self, expr);
    }

    fn visit_expr_closure(&mut self, expr: &'ast syn::ExprClosure) {
        if let Some(asyncness) = &expr.asyncness {
            self.word("async", asyncness.span);
        }
        visit::visit_expr_closure(self, expr);
    }

    fn visit_expr_await(&mut self, expr: &'ast syn::ExprAwait) {
        self.word("await", expr.await_token.span);
        visit::visit_expr_await(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.args.is_empty() {
            self.word(&format!(".{}()", call.method), call.method.span());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.word(&format!("{}!", last.ident), last.ident.span());
        }
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Path = path.segments.iter().map(|segment| unraw(&segment.ident)).collect();
        if segments.len() > 1 && segments[0] != "Self" {
            self.used(segments, line(path.segments[0].ident.span()), false);
        }
        visit::visit_path(self, path);
    }

    /// `pub(in crate::cluster)` says who may use an item, not what the item uses.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

fn joined(prefix: &[String], last: &impl ToString) -> Path {
    let last = last.to_string();
    prefix.iter().cloned().chain([last.strip_prefix("r#").unwrap_or(&last).to_owned()]).collect()
}

fn unraw(ident: &syn::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn line(span: Span) -> usize {
    span.start().line
}

fn docs(attributes: &[syn::Attribute]) -> Vec<String> {
    let text = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            path,
            value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
            ..
        }) if path.is_ident("doc") => Some(text.value()),
        _ => None,
    });
    text.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .any(|attribute| matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test"))
}

fn is_conditional(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
